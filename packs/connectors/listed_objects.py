"""Objects that an interface lists one way: an address each, a key in a header, pages behind so many rows, changes since."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from engine.extensions import Checkpoint, ConnectorSpec, SourceObject, SourceReach, SourceRow
from engine.model.context import Context
from engine.model.names import Label
from engine.model.sources import Source
from packs.connectors.changes import changes
from packs.connectors.json_answers import json_of, list_of, map_of
from packs.connectors.settings import secret

KEY = "X-API-Key"
SINCE, SKIP, LIMIT, ORDER = "modifiedSince", "offset", "limit", "orderBy"
ITEMS = "items"
SIZE = 200


Proof = Callable[[Mapping[str, object], SourceReach, str], Mapping[str, str]]
"""Headers that prove who asks for a target (path with its query), out of settings and secrets."""


def by_key(given: Mapping[str, object], reach: SourceReach, target: str) -> Mapping[str, str]:
    """A key in a header."""
    return {KEY: reach.secret(str(given["api_key"]))}


KEYS: Mapping[str, Mapping[str, object]] = {"api_key": secret("接口密钥", "API key")}


def settings_of(
    objects: Sequence[SourceObject], entry: Mapping[str, Mapping[str, object]] = KEYS
) -> Mapping[str, object]:
    """The settings of such a connector, as JSON Schema; `entry` are those by which one is let in."""
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["object", *entry],
        "properties": {
            "object": {"enum": [one.name for one in objects]},
            **entry,
            "base": {
                "type": "string",
                "pattern": "^/(?!/)[!-~]{0,120}$",
                "x-titles": {"zh": "路径前缀", "en": "Base path"},
            },
            "page_size": {
                "type": "integer",
                "minimum": 1,
                "maximum": 1000,
                "default": SIZE,
                "x-titles": {"zh": "每页行数", "en": "Rows a page"},
            },
        },
    }


def follows(zh: str, en: str) -> Label:
    """What the names follow, and that the way of asking is nobody's in particular."""
    return Label({"zh": f"字段名取自{zh}；取数方式为通用 REST", "en": f"Names of {en}; asked for by plain REST"})


@dataclass(frozen=True, slots=True)
class ListedObjects:
    """Rows of one object, in the order in which they changed; `base` is where the objects are, unless settings say otherwise; `proof` is how one is let in."""

    spec: ConnectorSpec
    base: str
    proof: Proof = by_key

    def rows(self, source: Source, context: Context, reach: SourceReach) -> Iterator[SourceRow | Checkpoint]:
        given = source.settings
        found = next(one for one in self.spec.objects if one.name == given["object"])
        path = f"{str(given.get('base', self.base)).rstrip('/')}/{found.name}"
        size = int(str(given.get("page_size", SIZE)))

        def ask(since: str, behind: int) -> Sequence[Mapping[str, object]]:
            query = {ORDER: found.version, LIMIT: str(size), SKIP: str(behind), **({SINCE: since} if since else {})}
            target = f"{path}?{urlencode(query)}"
            headers = {"Accept": "application/json", **self.proof(given, reach, target)}
            answer = json_of(reach.calls.send("GET", target, headers))
            return [map_of(one) for one in list_of(map_of(answer).get(ITEMS))]

        return changes(source, reach, found.version, size, ask)
