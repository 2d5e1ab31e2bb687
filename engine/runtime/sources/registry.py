"""The connectors, one a kind: the built-in ones, then those that distributions register."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points
from types import MappingProxyType

from engine.diagnostics import DougongError, Message
from engine.extensions import Connector, ConnectorSpec
from engine.runtime.sources.csv_files import CsvConnector
from engine.runtime.sources.excel_files import ExcelConnector
from engine.runtime.sources.http_json import HttpJsonConnector
from engine.runtime.sources.sql import SqlConnector

GROUP = "dougong.connectors"
"""Installed distributions register their connectors under this entry point group."""
BUILT_IN: tuple[Connector, ...] = (CsvConnector(), ExcelConnector(), SqlConnector(), HttpJsonConnector())


class BadConnector(DougongError):
    """An installed distribution registers what nobody can use as a connector."""

    code = "bad_connector"
    status = 500

    def __init__(self, name: str) -> None:
        super().__init__(
            Message(
                f"扩展注册的连接器 {name} 无法使用：不合协议，或种类重名",
                f"The connector {name} of a distribution is of no use: it breaks the protocol, or its kind is taken",
            ),
            connector=name,
        )


@cache
def connectors() -> Mapping[str, Connector]:
    """The connectors by kind, read once a process. Raises BadConnector."""
    found = {one.spec.kind: one for one in BUILT_IN}
    for point in entry_points(group=GROUP):
        one = point.load()
        if not isinstance(one, Connector) or one.spec.kind in found:
            raise BadConnector(point.name)
        found[one.spec.kind] = one
    return MappingProxyType(found)


@cache
def connector_specs() -> Mapping[str, ConnectorSpec]:
    """What the connectors declare, by kind."""
    return MappingProxyType({kind: one.spec for kind, one in connectors().items()})
