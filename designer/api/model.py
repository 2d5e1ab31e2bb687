"""The data model over HTTP: what its diagram draws, and a new entity by one act."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from designer.api.draft import DraftApi
from designer.draft.desk import Desk
from designer.from_sheet.application import NewEntity
from designer.from_sheet.home import creations, home_of, languages_of, offers, taken_of
from designer.from_sheet.naming import english_of
from designer.model_picture import ModelPicture
from designer.refusals import bad
from designer.studio import Studio
from engine.dsl.document import Document
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.dispatch import Afterwards
from engine.web.responses import json_response
from engine.web.site import Site

LONGEST = 40


@dataclass(frozen=True, slots=True)
class ModelApi:
    """The endpoints of the diagram."""

    studio: Studio

    def show(self, work: Work, call: Call, site: Site) -> Afterwards:
        """GET /designer/api/model: packs, areas and entities of the draft, also where it does not compile."""
        texts = Desk(work, self.studio).texts()
        return Afterwards(lambda: json_response(ModelPicture(self.studio.documents(texts)).body()))

    def add(self, work: Work, call: Call, site: Site) -> Afterwards:
        """POST /designer/api/model: a new entity of a pack; with `pages` its form, list, record page and rights too.

        Raises BadCommand.
        """
        given = call.json if isinstance(call.json, Mapping) else {}
        label, pack = str(given.get("label", "")).strip()[:LONGEST], str(given.get("pack", ""))
        if not label:
            raise bad("实体叫什么？", "What is the entity called?")
        documents = self.studio.documents(Desk(work, self.studio).texts())
        name, commands = _made(label, pack, given.get("pages") is True, documents)
        english = english_of(label)
        command = {
            "do": "batch",
            "label": {"zh": f"新建实体{label}", "en": f"New entity {english}"},
            "commands": commands,
        }
        return DraftApi(self.studio).carry_out(work, call, site, command, {"entity": name})


def _made(
    label: str, pack: str, pages: bool, documents: Sequence[Document]
) -> tuple[str, Sequence[Mapping[str, object]]]:
    """The entity's name and what is done for it."""
    home = home_of(pack, documents, with_roles=pages)
    made = NewEntity(label, home, languages_of(home, documents), taken_of(documents)).application(pages)
    return made.entity, [*creations(made), *(offers(made, home, documents) if pages else ())]
