"""Places that a draft declares: an address that somebody typed as a destination, and the destinations as the gate reads them."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from designer.from_sheet.application import texts_of
from designer.from_sheet.naming import english_of, name_of
from designer.refusals import bad
from engine.dsl.document import Document
from engine.model.names import Label, Place
from engine.model.sources import Destination

PORTS: Mapping[str, int] = {"https": 443, "http": 80, "postgresql": 5432, "mysql": 3306}
PURPOSE = "operation"
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
_INSIDE = re.compile(r"localhost|.*\.(internal|local|lan|intranet|localhost)|[^.]+", re.I)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a source is: protocol, host and port, and whether that is inside the house."""

    scheme: str
    host: str
    port: int
    private: bool


def address_of(typed: str) -> Address:
    """An address as somebody types it; https where no protocol is said. Raises BadCommand."""
    text = typed.strip()
    parts = urlsplit(text if "://" in text else f"https://{text}")
    try:
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", None
    if parts.scheme not in PORTS or not _HOST.fullmatch(host) or parts.username or parts.password:
        raise bad(
            "地址应写成 https://主机 或 https://主机:端口（http、postgresql 与 mysql 亦可），不带账号与密码",
            "An address is https://host or https://host:port (http, postgresql and mysql too), without account and password",
        )
    return Address(parts.scheme, host, port or PORTS[parts.scheme], _inside(host))


def destination_texts(
    pack: str, label: str, address: Address, taken: Collection[str], languages: Sequence[str]
) -> tuple[str, Mapping[str, str]]:
    """The name of a new destination and its definition by file."""
    name = name_of(label, taken, otherwise="place")
    data = {
        "label": {one: label if one == "zh" else english_of(label) for one in languages},
        "scheme": address.scheme,
        "host": address.host,
        "port": address.port,
        "max_level": "G1",
        "purposes": [PURPOSE],
        **({"allow_private": True} if address.private else {}),
    }
    return name, texts_of(pack, [(f"destinations/{name}.yaml", data)])


def declared(documents: Sequence[Document]) -> Iterator[Destination]:
    """The destinations of a draft, also where something else in it does not compile."""
    for one in documents:
        if one.kind == "destinations" and one.sound and isinstance(one.data.get("host"), str):
            yield _destination(one)


def _destination(one: Document) -> Destination:
    given = one.data
    label, purposes, port = given.get("label"), given.get("purposes"), given.get("port", 443)
    texts = {str(key): str(text) for key, text in label.items()} if isinstance(label, Mapping) else {"zh": str(label)}
    return Destination(
        name=one.name,
        label=Label(texts),
        place=Place(one.pack, one.file, 1),
        scheme=str(given.get("scheme", "https")),
        host=str(given["host"]),
        port=port if isinstance(port, int) else 443,
        jurisdiction=str(given.get("jurisdiction", "CN")),
        max_level=str(given.get("max_level", "G1")),
        purposes=frozenset(map(str, purposes)) if isinstance(purposes, list) else frozenset(),
        allow_private=given.get("allow_private") is True,
        nets=_texts(given.get("nets")),
        pins=_texts(given.get("pins")),
    )


def _texts(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else ()


def _inside(host: str) -> bool:
    """Whether a host is one of the house by its name or its address."""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return _INSIDE.fullmatch(host) is not None
