"""Names over HTTP: what something that people call by a word is called in the text, and what it is likely to be."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from designer.draft.desk import Desk
from designer.from_sheet.guess import kind_by_words
from designer.from_sheet.naming import english_of, name_of, without_remark
from designer.studio import Studio
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.dispatch import Afterwards
from engine.web.responses import json_response
from engine.web.site import Site

KEYS = frozenset({"words", "taken"})
LONGEST = 100


@dataclass(frozen=True, slots=True)
class NamesApi:
    """The endpoint for names."""

    studio: Studio

    def name(self, work: Work, call: Call, site: Site) -> Afterwards:
        """GET /designer/api/names?words=&taken=a,b: a free name, the words in English, a field type, the entity so called."""
        query = dict(call.query)
        words = query.get("words", "").strip()[:LONGEST]
        taken = frozenset(query.get("taken", "").split(","))
        texts = Desk(work, self.studio).texts()

        def respond() -> Response:
            entity = self._entity_called(words, texts)
            body = {"name": name_of(words, taken), "english": english_of(words), "type": kind_by_words(words)}
            return json_response({**body, "type": "relation", "to": entity} if entity else body)

        return Afterwards(respond)

    def _entity_called(self, words: str, texts: dict[str, str | None]) -> str:
        """The entity whose label this is: 客户 as a field of a contract points at customers."""
        plain = without_remark(words).lower()
        entities = (one for one in self.studio.documents(texts) if one.kind == "entities")
        for one in entities:
            label = one.data.get("label")
            said = label.values() if isinstance(label, dict) else [label]
            if plain and plain in {str(text).lower() for text in said}:
                return one.name
        return ""
