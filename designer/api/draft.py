"""The draft over HTTP: its state, its files, commands, undo and redo."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from starlette.responses import Response

from designer.api.answers import counts, data_of, file_body, problems_of, steps_left, words
from designer.draft.acting import Acted, act, redo, undo
from designer.draft.desk import NOTHING, Desk
from designer.draft.hashes import hash_of
from designer.draft.journal import Entry
from designer.draft.rows import current_rev
from designer.file_names import file_name
from designer.organisation.acts import KIND, is_organisational
from designer.refusals import bad
from designer.splice.written import MARK
from designer.studio import Studio
from engine.diagnostics import Severity
from engine.dsl.compiler import Compilation
from engine.model.errors import NotFound
from engine.runtime.audit import append
from engine.runtime.work import Work
from engine.web.auditing import act_of
from engine.web.calls import Call
from engine.web.dispatch import Afterwards
from engine.web.responses import json_response
from engine.web.site import Site

AUDIT = "design"
TOLD = ("act", "membership", "user", "unit", "seat", "parent", "code")
"""What of an act on the organisation the audit log is told: codes and ids."""
SHIPPED = "shipped"


@dataclass(frozen=True, slots=True)
class DraftApi:
    """The endpoints of the draft."""

    studio: Studio

    def state(self, work: Work, call: Call, site: Site) -> Afterwards:
        """GET /designer/api/state: packs and files with their problems, what may be undone, open conflicts."""
        desk = Desk(work, self.studio)
        texts, files = desk.texts(), set(desk.files)
        head = {
            "rev": current_rev(work.session),
            **steps_left(work),
            "conflicts": desk.waiting,
        }

        def respond() -> Response:
            compilation = self.studio.compile(texts)
            return json_response(
                {**head, "packs": _packs(self.studio, compilation, files), "problems": counts(compilation)}
            )

        return Afterwards(respond)

    def file(self, work: Work, call: Call, site: Site) -> Afterwards:
        """GET /designer/api/files/{pack}/{kind}/{name}: a file of the draft with its data and problems."""
        file = "/".join(part for name in ("pack", "kind", "name") if (part := call.parameters.get(name)))
        desk = Desk(work, self.studio)
        text = desk.text(file) if file_name(file) is not None else None
        if text is None:
            raise NotFound
        self.studio.shown.keep(hash_of(text), text)
        texts, rev = desk.texts(), current_rev(work.session)
        own = desk.files.get(file)

        def respond() -> Response:
            found = self.studio.compile(texts).diagnostics
            return json_response(
                {
                    "file": file,
                    "hash": hash_of(text),
                    "rev": rev,
                    "text": text.removeprefix(MARK),
                    "data": data_of(file, text),
                    "changed": own is not None,
                    "conflicts": list(desk.conflicts(file)),
                    "diagnostics": problems_of(found, file),
                }
            )

        return Afterwards(respond)

    def command(self, work: Work, call: Call, site: Site) -> Afterwards:
        """POST /designer/api/commands: one command, all or nothing. With `problems: "later"` it is answered before it is compiled."""
        body = json.loads(call.body) if call.body else None
        command = body.get("command", body) if isinstance(body, dict) else None
        if not isinstance(command, dict):
            raise bad("请求体须有 command", "The body has a `command`")
        return self.carry_out(work, call, site, command)

    def carry_out(
        self, work: Work, call: Call, site: Site, command: Mapping[str, object], more: Mapping[str, object] = NOTHING
    ) -> Afterwards:
        """Do a command; the answer holds `more` besides. Raises BadCommand, Stale, CannotEdit."""
        return self._acted(work, call, site, lambda: act(work, self.studio, command), more)

    def undo(self, work: Work, call: Call, site: Site) -> Afterwards:
        """POST /designer/api/undo: the caller's own last act is taken back."""
        return self._acted(work, call, site, lambda: undo(work, self.studio))

    def redo(self, work: Work, call: Call, site: Site) -> Afterwards:
        """POST /designer/api/redo: what the caller took back last is done again."""
        return self._acted(work, call, site, lambda: redo(work, self.studio))

    def _acted(
        self, work: Work, call: Call, site: Site, doing: Callable[[], Acted], more: Mapping[str, object] = NOTHING
    ) -> Afterwards:
        acted = doing()
        entry, desk = acted.entry, acted.desk
        if entry is not None:
            named = KIND if is_organisational(entry.command) else AUDIT
            told = (("sort", str(entry.sort)), ("do", str(entry.command.get("do"))), *codes_of(entry))
            append(work.session, site.workplace.ids, act_of(call, work.context, named, told=told))
        body: dict[str, object] = {
            **more,
            "rev": current_rev(work.session),
            "files": [file_body(desk, file) for file in (entry.files if entry else ())],
            **steps_left(work),
            "label": words(acted.label),
            "made": acted.made,
        }
        texts = desk.texts()
        later = isinstance(call.json, Mapping) and call.json.get("problems") == "later"

        def respond() -> Response:
            self.studio.wake()
            if acted.overtaken is not None:
                raise acted.overtaken
            return json_response({**body, "problems": None if later else counts(self.studio.compile(texts))})

        return Afterwards(respond)


def codes_of(entry: Entry) -> list[tuple[str, str]]:
    """What an entry was about, in names of files and in ids."""
    acts = entry.command.get("acts")
    given = [one for one in acts if isinstance(one, Mapping)] if isinstance(acts, list) else []
    ids = [(name, str(one[name])) for one in given for name in TOLD if one.get(name)]
    return [*(("file", one) for one in entry.files), *ids]


def _packs(studio: Studio, compilation: Compilation, changed: set[str]) -> list[Mapping[str, object]]:
    """The packs with their files, in their order."""
    errors, warnings = _per_file(compilation, Severity.ERROR), _per_file(compilation, Severity.WARNING)
    packs: dict[str, dict[str, object]] = {}
    listed: dict[str, list[Mapping[str, object]]] = {}
    for document in compilation.documents:
        for source in document.sources:
            name = file_name(source.file)
            if name is None:
                continue
            line = {
                "file": source.file,
                "kind": name.kind,
                "name": name.name,
                "label": document.data.get("label"),
                "changed": source.file in changed,
                "errors": errors[source.file],
                "warnings": warnings[source.file],
            }
            listed.setdefault(name.pack, []).append(line)
            if name.kind == "pack":
                packs[name.pack] = {"name": name.pack, "label": document.data.get("label")}
    return [
        {
            "name": pack,
            "label": packs.get(pack, {}).get("label"),
            SHIPPED: studio.live.is_shipped(pack),
            "files": sorted(files, key=lambda one: str(one["file"])),
        }
        for pack, files in sorted(listed.items())
    ]


def _per_file(compilation: Compilation, severity: Severity) -> Counter[str]:
    return Counter(one.span.file for one in compilation.diagnostics if one.severity is severity)
