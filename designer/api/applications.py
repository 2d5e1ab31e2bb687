"""New applications over HTTP: what a few words would become, and the definitions of it in the draft by one act."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.responses import Response

from designer.api.draft import DraftApi
from designer.draft.desk import Desk
from designer.from_sheet.columns import KINDS, Column
from designer.from_sheet.naming import english_of, name_of
from designer.from_words.application import Offer, Team, application_of
from designer.from_words.wish import Reader, Wish
from designer.studio import Studio
from engine.dsl.document import Document
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.dispatch import Afterwards
from engine.web.responses import json_response
from engine.web.site import Site

NOT_YET = {"app": "app", "entity": "record"}
"""What stands for words that are not written yet, where nothing is made."""


@dataclass(frozen=True, slots=True)
class ApplicationsApi:
    """The endpoints for new applications."""

    studio: Studio

    def look(self, work: Work, call: Call, site: Site) -> Response:
        """POST /designer/api/applications/look: the fields that the words name, the figures and charts that they allow."""
        given = call.json if isinstance(call.json, Mapping) else {}
        written = {**NOT_YET, **{key: value for key, value in given.items() if value != ""}}
        wish = Reader().read(written)
        team = Team(wish, "app", frozenset())
        figures, charts = team.offers()
        return json_response(
            {
                "fields": [_field(one) for one in wish.columns],
                "kinds": KINDS,
                "figures": [_offer(one) for one in figures],
                "charts": [_offer(one) for one in charts],
            }
        )

    def make(self, work: Work, call: Call, site: Site) -> Afterwards:
        """POST /designer/api/applications: the definitions as one act in the draft; the answer says which page to open."""
        documents = self.studio.documents(Desk(work, self.studio).texts())
        wish = Reader(_taken(documents, "roles")).read(call.json)
        pack = name_of(wish.app, _taken(documents, "pack"), otherwise="app")
        made = application_of(wish, pack, frozenset(one.name for one in documents))
        command = {
            "do": "batch",
            "label": {"zh": f"新建应用{wish.app}", "en": f"Make {english_of(wish.app)}"},
            "commands": [{"do": "create", "file": file, "text": text} for file, text in made.texts.items()],
        }
        more = {"pack": pack, "entity": made.entity, "page": made.board, "roles": _roles(wish)}
        return DraftApi(self.studio).carry_out(work, call, site, command, more)


def _taken(documents: Sequence[Document], kind: str) -> frozenset[str]:
    return frozenset(one.pack if kind == "pack" else one.name for one in documents if one.kind == kind)


def _roles(wish: Wish) -> list[str]:
    return [one.name for one in wish.roles]


def _field(one: Column) -> Mapping[str, object]:
    return {"header": one.header, "name": one.name, "kind": one.kind, "options": list(one.options)}


def _offer(one: Offer) -> Mapping[str, object]:
    return {"key": one.key, "label": {"zh": one.zh, "en": one.en}, "chosen": one.chosen}
