"""From a sheet to an application over HTTP: what its columns are, the definitions in the draft, its rows once they are live."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.responses import Response

from designer.api.draft import DraftApi
from designer.draft.desk import Desk
from designer.from_sheet.application import Home, SheetApplication, application_of, thing_of
from designer.from_sheet.columns import KINDS, Column, Surroundings, columns_of
from designer.from_sheet.home import creations, home_of, languages_of, offers, taken_of
from designer.from_sheet.naming import english_of, name_of, without_remark
from designer.refusals import bad
from designer.studio import Studio
from engine.dsl.document import Document
from engine.model.errors import NotFound
from engine.runtime.identifiers import decode_id, encode_id
from engine.runtime.identity.users import all_users, roles_of, set_roles
from engine.runtime.transfer.runs import begin
from engine.runtime.transfer.tables import ImportRun, add_run, run_of, sheet_path
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.dispatch import Afterwards
from engine.web.imports import Brought
from engine.web.responses import json_response
from engine.web.site import Site

SHOWN = 20
SAMPLES = 3


@dataclass(frozen=True, slots=True)
class SheetApi:
    """The endpoints for sheets."""

    studio: Studio

    def look(self, work: Work, call: Call, site: Site) -> Response:
        """POST /designer/api/sheets: what a sheet holds, column by column; nothing is kept."""
        brought = _brought(work, call)
        sheet_path(work.data_folder, brought.id).unlink(missing_ok=True)
        columns = columns_of(brought.spooled.header, _rows(brought), _surroundings(work))
        return json_response(
            {
                "title": thing_of(brought.filename),
                "rows": brought.spooled.count,
                "columns": [_column_body(one, brought) for one in columns],
                "kinds": KINDS,
                "sample": [list(row) for row in _rows(brought)[:SHOWN]],
            }
        )

    def make(self, work: Work, call: Call, site: Site) -> Afterwards:
        """POST /designer/api/sheets/make: the definitions, as one act in the draft; the sheet waits to be brought in."""
        brought, form = _brought(work, call), call.form_first()
        title = form.get("title", "").strip()[:60] or thing_of(brought.filename)
        desk = Desk(work, self.studio)
        documents = self.studio.documents(desk.texts())
        columns = columns_of(brought.spooled.header, _rows(brought), _surroundings(work), _chosen(form))
        if not columns:
            raise bad("至少保留一列", "Keep at least one column")
        home = _home(form, title, documents)
        made = application_of(title, columns, home, languages_of(home, documents), taken_of(documents))
        add_run(work.session, _run(work, brought, made, columns))
        command = {
            "do": "batch",
            "label": {"zh": f"由表格新建{title}", "en": f"Make {english_of(title)} from a sheet"},
            "commands": [*creations(made), *offers(made, home, documents)],
        }
        more = {
            "run": encode_id(brought.id),
            "entity": made.entity,
            "page": f"{home.pack}/dashboards/{made.pages[0]}.yaml",
        }
        return DraftApi(self.studio).carry_out(work, call, site, command, more)

    def bring_in(self, work: Work, call: Call, site: Site) -> Response:
        """POST /designer/api/sheets/{run}: the rows of a sheet whose definitions are live now. Who made them works with them:
        roles that came with the sheet and that nobody has yet are given to the caller. Raises NotFound, BadCommand."""
        run = run_of(work.session, decode_id(call.parameters["run"]), lock=True)
        if run is None or run.user != work.context.principal.user_id:
            raise NotFound
        if run.entity not in work.model.entities:
            raise bad("先发布，再导入行", "Publish first, then bring the rows in")
        _join(work, run.entity)
        begin(work, run, rehearse=False)
        return json_response({"location": f"/imports/{encode_id(run.id)}", "home": f"/app/{_board(work, run.entity)}"})


def _brought(work: Work, call: Call) -> Brought:
    assert isinstance(call.prepared, Brought)
    return call.prepared


def _rows(brought: Brought) -> Sequence[Sequence[str]]:
    return [row for _, row in brought.spooled.first]


def _surroundings(work: Work) -> Surroundings:
    known = {text for one in all_users(work.session) for text in (one.name, one.name_en, one.account) if text}
    return Surroundings(people=lambda texts: {*texts} <= known)


def _chosen(form: Mapping[str, str]) -> Mapping[str, str]:
    """Kinds by header, as the browser sends them. Raises BadCommand."""
    try:
        given = json.loads(form.get("kinds", "{}"))
    except json.JSONDecodeError as error:
        raise bad("kinds 不是 JSON", "`kinds` is no JSON") from error
    if not isinstance(given, dict) or any(kind not in {"", *KINDS} for kind in given.values()):
        raise bad(f"列的类型只能是 {'、'.join(KINDS)}", f"A column is one of {', '.join(KINDS)}")
    return {str(header): str(kind) for header, kind in given.items()}


def _home(form: Mapping[str, str], title: str, documents: Sequence[Document]) -> Home:
    """The pack that was chosen, or a new one. Raises BadCommand."""
    pack = form.get("pack", "")
    if pack:
        return home_of(pack, documents)
    packs = {one.pack for one in documents if one.kind == "pack"}
    taken = {one.name for one in documents if one.kind == "roles"}
    name = name_of(thing_of(title), packs, otherwise="app")
    return Home(name, (name_of(f"{name}_member", taken),), new=True, label=without_remark(title))


def _run(work: Work, brought: Brought, made: SheetApplication, columns: Sequence[Column]) -> ImportRun:
    """The import of the rows, which waits until there is an entity for them."""
    key = next(((one.name,) for one in columns if one.is_key), ())
    context = work.context
    return ImportRun(
        id=brought.id,
        entity=made.entity,
        user=context.principal.user_id,
        post=context.post,
        locale=context.locale,
        zone=context.zone,
        filename=brought.filename,
        header=brought.spooled.header,
        columns={one.header: one.name for one in columns},
        key=key,
        total=brought.spooled.count,
        created_at=context.now,
    )


def _join(work: Work, entity: str) -> None:
    """Give the caller the roles that may create these records, where nobody has one of them."""
    access = work.model.access[entity]
    roles = {role for grant in access.grants for role in grant.roles}
    held = {role for one in all_users(work.session) for role in roles_of(work.session, one.id)}
    principal = work.context.principal
    if principal.administrator and not roles & held:
        set_roles(work.session, principal.user_id, sorted({*roles_of(work.session, principal.user_id), *roles}))


def _board(work: Work, entity: str) -> str:
    return next((name for name in work.model.pages if name == f"{entity}_board"), "")


def _column_body(one: Column, brought: Brought) -> Mapping[str, object]:
    at = brought.spooled.header.index(one.header) if one.header in brought.spooled.header else -1
    texts = dict.fromkeys(row[at].strip() for row in _rows(brought)[:50] if at >= 0 and row[at].strip())
    return {
        "header": one.header,
        "name": one.name,
        "english": one.english,
        "kind": one.kind,
        "required": one.required,
        "options": list(one.options),
        "samples": [*texts][:SAMPLES],
    }
