"""Problems and history over HTTP: what is wrong with the draft and how it is mended; who changed what of it, and when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from starlette.responses import Response

from designer.api.answers import problem_body, words
from designer.draft.desk import Desk
from designer.draft.journal import Entry, newest
from designer.fixes.finding import with_fixes
from designer.paths import shown
from designer.studio import Studio
from engine.runtime.identity.users import user_by_id
from engine.runtime.work import Work
from engine.web.calls import Call, whole_number
from engine.web.dispatch import Afterwards
from engine.web.responses import json_response
from engine.web.site import Site

HISTORY_KEYS = frozenset({"file", "path", "below"})
PAGE, LOOKED_THROUGH = 50, 2_000
"""Entries of one answer, and entries that are looked through for those of one element."""


@dataclass(frozen=True, slots=True)
class HistoryApi:
    """The endpoints of problems and history."""

    studio: Studio

    def problems(self, work: Work, call: Call, site: Site) -> Afterwards:
        """GET /designer/api/problems: every diagnostic of the draft, `fix` the command that mends it or null, `path` what it
        is about."""
        desk = Desk(work, self.studio)
        texts = desk.texts()

        def text(file: str) -> str | None:
            return texts[file] if file in texts else self.studio.live.text(file)

        def respond() -> Response:
            found = with_fixes(self.studio.compile(texts), text)
            return json_response([{**problem_body(one), "path": path, "fix": fix} for one, fix, path in found])

        return Afterwards(respond)

    def history(self, work: Work, call: Call, site: Site) -> Response:
        """GET /designer/api/history?file=&path=&below=: changes, newest first; of one file, or of one element of it (its path
        with dots); `below` goes on after an entry."""
        asked = call.first
        file, path = asked.get("file", ""), asked.get("path", "")
        names: dict[int, str] = {}
        listed = []
        for one in _matching(work, file, path, whole_number(asked.get("below", ""))):
            if one.author is not None and one.author not in names:
                user = user_by_id(work.session, one.author)
                names[one.author] = user.label if user else ""
            listed.append(_entry(one, names))
        return json_response({"entries": listed})


def _matching(work: Work, file: str, path: str, below: int | None) -> Iterator[Entry]:
    entries = newest(work.session, LOOKED_THROUGH if file else PAGE, below)
    found = [one for one in entries if not file or (file in one.files and (not path or _touches(one, file, path)))]
    return iter(found[:PAGE])


def _touches(entry: Entry, file: str, path: str) -> bool:
    """Did an entry change the element, something in it, or what holds it? A change of the text may have."""
    commands = entry.command.get("commands")
    for one in commands if isinstance(commands, list) else [entry.command]:
        steps = one.get("path") if isinstance(one, Mapping) else None
        if not isinstance(steps, list):
            return True
        named = shown([*steps, one["key"]] if "key" in one else steps)
        if one.get("file") == file and (f"{named}.".startswith(f"{path}.") or f"{path}.".startswith(f"{named}.")):
            return True
    return False


def _entry(one: Entry, names: Mapping[int, str]) -> Mapping[str, object]:
    return {
        "seq": one.seq,
        "at": one.at,
        "author": names.get(one.author) if one.author is not None else None,
        "sort": str(one.sort),
        "label": words(one.label),
        "files": [{"file": file, "before": before, "after": after} for file, (before, after) in one.files.items()],
        "undone": one.undone is not None,
    }
