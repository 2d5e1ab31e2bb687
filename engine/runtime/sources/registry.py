"""The connectors, one a kind."""

from __future__ import annotations

from collections.abc import Mapping

from engine.extensions import Connector
from engine.runtime.sources.csv_files import CsvConnector
from engine.runtime.sources.excel_files import ExcelConnector
from engine.runtime.sources.http_json import HttpJsonConnector
from engine.runtime.sources.sql import SqlConnector

CONNECTORS: Mapping[str, Connector] = {
    one.kind: one for one in (CsvConnector(), ExcelConnector(), SqlConnector(), HttpJsonConnector())
}
