"""URL table: from a method and a path to a route and its parameters, without trying one pattern after another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from engine.web.dispatch import Route


@dataclass(frozen=True, slots=True)
class Found:
    """The route of an address and the parameters in it."""

    route: Route
    parameters: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class NotFound:
    """No route takes the request; `methods` are those that the address takes, none when there is no such address."""

    methods: frozenset[str]


class UrlTable:
    """All routes, by their first segment and number of segments; of several that fit the one listed first."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._routes: dict[tuple[str, int], list[tuple[tuple[str, ...], Route]]] = {}
        for route in routes:
            segments = tuple(route.path.split("/")[1:])
            self._routes.setdefault((segments[0], len(segments)), []).append((segments, route))

    def find(self, method: str, path: str) -> Found | NotFound:
        """The route for a request; HEAD is answered as GET."""
        asked = path.split("/")[1:]
        wanted = "GET" if method == "HEAD" else method
        methods: set[str] = set()
        for segments, route in self._routes.get((asked[0], len(asked)) if asked else ("", 0), ()):
            parameters = _fitting(segments, asked)
            if parameters is None:
                continue
            if wanted in route.methods:
                return Found(route, parameters)
            methods.update(route.methods)
        return NotFound(frozenset(methods | {"HEAD"}) if "GET" in methods else frozenset(methods))


def _fitting(segments: tuple[str, ...], asked: list[str]) -> dict[str, str] | None:
    """The parameters when the asked segments fit; a parameter is never empty."""
    parameters: dict[str, str] = {}
    for segment, given in zip(segments, asked, strict=True):
        if segment.startswith("{"):
            if not given:
                return None
            name, _, suffix = segment[1:].partition("}")
            if not given.endswith(suffix) or len(given) == len(suffix):
                return None
            parameters[name] = given[: len(given) - len(suffix)]
        elif segment != given:
            return None
    return parameters
