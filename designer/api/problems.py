"""The problems of the whole draft over HTTP: each with its place, as a path too, and a command that mends it where one is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.responses import Response

from designer.api.answers import problem_body
from designer.draft.desk import Desk
from designer.studio import Studio
from engine.diagnostics import Diagnostic, Instead
from engine.dsl.document import Document
from engine.dsl.problem_paths import path_at
from engine.dsl.source import Path
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.dispatch import Afterwards
from engine.web.responses import json_response
from engine.web.site import Site

Json = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class ProblemsApi:
    """The endpoint of the draft's problems."""

    studio: Studio

    def show(self, work: Work, call: Call, site: Site) -> Afterwards:
        """GET /designer/api/problems: all of them, in the order of their places."""
        texts = Desk(work, self.studio).texts()

        def respond() -> Response:
            compilation = self.studio.compile(texts)
            return json_response(placed_problems(compilation.diagnostics, compilation.documents))

        return Afterwards(respond)


def placed_problems(found: Sequence[Diagnostic], documents: Sequence[Document]) -> Sequence[Json]:
    """Problems with where they stand in the data of their files, and what mends them."""
    by_file = {one.file: one for one in documents}
    return [_body(one, by_file.get(one.span.file)) for one in found]


def _body(problem: Diagnostic, document: Document | None) -> Json:
    if document is None or not document.sound:
        return {**problem_body(problem), "path": None, "fix": None}
    path = path_at(document, problem)
    return {**problem_body(problem), "path": _by_ids(document, path), "fix": _fix(problem, document, path)}


def _by_ids(document: Document, path: Path) -> list[object]:
    """The path with items of lists named by their ids, where they have one."""
    steps: list[object] = []
    for place, step in enumerate(path):
        item = document.at(path[: place + 1]) if isinstance(step, int) else None
        name = item.get("id") if isinstance(item, Mapping) else None
        steps.append({"id": name} if isinstance(name, str) else step)
    return steps


def _fix(problem: Diagnostic, document: Document, path: Path) -> Json | None:
    """The command that puts the name that was probably meant in the place of one that nothing bears."""
    value = document.at(path)
    if not isinstance(problem.hint, Instead) or not isinstance(value, str) or problem.hint.wrong not in value:
        return None
    meant = value.replace(problem.hint.wrong, problem.hint.right, 1)
    return {
        "do": "set",
        "file": problem.span.file,
        "path": _by_ids(document, path),
        "value": meant,
        "expect": value,
    }
