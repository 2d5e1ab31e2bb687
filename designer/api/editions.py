"""Newer editions of shipped packs over HTTP, and everything of the draft that waits for a choice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.responses import Response

from designer.api.answers import data_of, texts_body, words
from designer.differences.texts import text_differences
from designer.draft.desk import Desk
from designer.studio import Studio
from designer.upgrading.newer import FileNews, NewerPack, newer_pack, newer_packs
from engine.model.errors import NotFound
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.responses import json_response
from engine.web.site import Site

Json = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class EditionsApi:
    """The endpoints of newer editions and conflicts."""

    studio: Studio

    def newer(self, work: Work, call: Call, site: Site) -> Response:
        """GET /designer/api/editions: the shipped packs that have come in a newer edition than their changed copies, and how
        much of it is new. A command `take_newer` takes one into the draft."""
        desk = Desk(work, self.studio)
        return json_response({"editions": [_summary(one) for one in newer_packs(desk)]})

    def edition(self, work: Work, call: Call, site: Site) -> Response:
        """GET /designer/api/editions/{pack}: what is new, file by file, as text from edition to edition, and what clashes."""
        found = newer_pack(Desk(work, self.studio), call.parameters["pack"])
        if found is None:
            raise NotFound
        before = {one.file: one.before for one in found.files if one.before is not None}
        after = {one.file: one.after for one in found.files if one.after is not None}
        files = [_file(one) for one in found.files]
        return json_response({**_summary(found), "files": files, "texts": texts_body(text_differences(before, after))})

    def conflicts(self, work: Work, call: Call, site: Site) -> Response:
        """GET /designer/api/conflicts: what of the draft waits for a choice, with its three sides. A command `resolve` chooses."""
        desk = Desk(work, self.studio)
        return json_response(
            {
                "conflicts": [
                    {"file": file, "label": _label(desk, file), **{k: v for k, v in one.items() if k != "edition"}}
                    | {"newer": "edition" in one}
                    for file in sorted(desk.files)
                    for one in desk.conflicts(file)
                ]
            }
        )


def _summary(one: NewerPack) -> Json:
    return {
        "pack": one.pack,
        "label": dict(one.label),
        "since": one.since,
        "until": one.until,
        "known": one.known,
        "places": one.places,
        "conflicts": one.waiting,
        "refusal": words(one.refusal),
    }


def _file(one: FileNews) -> Json:
    effect = "added" if one.before is None else "removed" if one.after is None else "changed"
    label = _label_in(one.file, one.after or one.before)
    return {
        "file": one.file,
        "label": label,
        "effect": effect,
        "places": one.places,
        "conflicts": len(one.conflicts),
    }


def _label(desk: Desk, file: str) -> object:
    return _label_in(file, desk.text(file) or desk.live(file))


def _label_in(file: str, text: str | None) -> object:
    data = None if text is None else data_of(file, text)
    return data.get("label") if isinstance(data, Mapping) else None
