"""The text view over HTTP: what may stand at the cursor, what a word means, what is wrong, all over the draft.

Each is asked by GET with the draft's text, or by POST with the text that is typed and not sent yet. Offsets count code points from 0.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

from starlette.responses import Response

from designer.api.answers import words
from designer.api.asked import Asked
from designer.api.text_answers import edits, formulas, offsets, part, place, problem, proposals
from designer.draft.desk import Desk
from designer.refusals import bad
from designer.studio import Studio
from designer.texts.finding import MOST, Sought, found_in
from designer.texts.reading_desk import Page, ReadingDesk
from engine.dsl.editing.changes import edits_to_form
from engine.dsl.editing.completion import complete
from engine.dsl.editing.hover import meaning_at
from engine.dsl.editing.outline import outline
from engine.dsl.editing.uses import declaration_at, uses_of
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.dispatch import Afterwards
from engine.web.responses import json_response
from engine.web.site import Site

MOST_PROPOSALS = 200
AT = frozenset({"file", "offset"})
"""Keys of a question about a place."""
OF_FILE = frozenset({"file"})

Answer = Callable[[Page, Asked], object]


@dataclass(frozen=True, slots=True)
class TextApi:
    """The endpoints of the text view."""

    studio: Studio
    desk: ReadingDesk

    def completion(self, work: Work, call: Call, site: Site) -> Afterwards:
        """What may stand at the cursor: `items`, each with what it replaces."""
        return self._asked(work, call, _completion)

    def hover(self, work: Work, call: Call, site: Site) -> Afterwards:
        """What the word at the cursor means: `words`, its place, where it is declared; null for nothing."""
        return self._asked(work, call, _hover)

    def definition(self, work: Work, call: Call, site: Site) -> Afterwards:
        """Where what the word means is declared; null for nowhere."""
        return self._asked(work, call, _definition)

    def references(self, work: Work, call: Call, site: Site) -> Afterwards:
        """Every word that means the same."""
        return self._asked(work, call, _references)

    def symbols(self, work: Work, call: Call, site: Site) -> Afterwards:
        """The outline of a text, and where its formulas stand."""
        return self._asked(work, call, _symbols)

    def diagnostics(self, work: Work, call: Call, site: Site) -> Afterwards:
        """What is wrong with a text, by a glance at it alone (shape, names, formulas), with edits that mend it; and its parts."""
        return self._asked(work, call, _diagnostics)

    def form(self, work: Work, call: Call, site: Site) -> Afterwards:
        """The edits to the canonical form."""
        return self._asked(work, call, _form)

    def search(self, work: Work, call: Call, site: Site) -> Afterwards:
        """POST /designer/api/text/search: places of a text in all files of the draft."""
        asked = Asked.of(call)
        sought = Sought(asked.text("query"), asked.flag("case"), asked.flag("whole"))
        if not sought.text or len(sought.text) > 200 or "\n" in sought.text:
            raise bad("查找内容须是 1 到 200 个字符的一行", "What is looked for is one line of 1 to 200 characters")
        texts = Desk(work, self.studio).texts()

        def respond() -> Response:
            with self.desk.workspace(texts) as workspace:
                spans = list(islice(found_in(workspace, sought), MOST + 1))
                places = [place(workspace, one) for one in spans[:MOST]]
            return json_response({"places": [one for one in places if one], "more": len(spans) > MOST})

        return Afterwards(respond)

    def _asked(self, work: Work, call: Call, answer: Answer) -> Afterwards:
        asked = Asked.of(call)
        file, typed = asked.text("file"), asked.optional("text")
        texts = Desk(work, self.studio).texts()

        def respond() -> Response:
            with self.desk.page(texts, file, typed) as page:
                return json_response(answer(page, asked))

        return Afterwards(respond)


def _completion(page: Page, asked: Asked) -> object:
    found = complete(page.workspace, page.location, *page.place(asked.offset()))
    return {"items": proposals(found, MOST_PROPOSALS), "whole": len(found) <= MOST_PROPOSALS}


def _hover(page: Page, asked: Asked) -> object:
    found = meaning_at(page.workspace, page.location, *page.place(asked.offset()))
    if found is None:
        return None
    start, end = offsets(page.written.sources[0], found.span)
    declared = place(page.workspace, found.declared) if found.declared else None
    return {"words": words(found.words), "start": start, "end": end, "declared": declared}


def _definition(page: Page, asked: Asked) -> object:
    found = declaration_at(page.workspace, page.location, *page.place(asked.offset()))
    return place(page.workspace, found[1]) if found else None


def _references(page: Page, asked: Asked) -> object:
    found = declaration_at(page.workspace, page.location, *page.place(asked.offset()))
    spans = list(islice(uses_of(page.workspace, found[1]), MOST + 1)) if found else []
    places = [place(page.workspace, one) for one in spans[:MOST]]
    declared = place(page.workspace, found[1]) if found else None
    return {"declared": declared, "places": [one for one in places if one], "more": len(spans) > MOST}


def _symbols(page: Page, asked: Asked) -> object:
    return {
        "parts": [part(page, one) for one in outline(page.written)],
        "formulas": list(formulas(page)),
    }


def _diagnostics(page: Page, asked: Asked) -> object:
    source = page.written.sources[0]
    found = page.workspace.glance(page.location)
    return {
        "problems": [problem(source, one) for one in found],
        "formulas": list(formulas(page)),
        "parts": [part(page, one) for one in outline(page.written)],
    }


def _form(page: Page, asked: Asked) -> object:
    found = edits_to_form(page.pack_file, page.text)
    if isinstance(found, tuple):
        first = found[0]
        raise bad(first.message.zh, first.message.en, first.hint, file=page.file, line=first.span.line)
    return {"edits": edits(found)}
