"""`dougong import`, `export`, `explain`."""

from __future__ import annotations

import argparse

from engine.application import Installation
from engine.cli.console import Console
from engine.cli.explaining import say_metric, say_transition, say_value
from engine.cli.opening import opened, writing
from engine.cli.people import NoSuchAccount
from engine.diagnostics import DougongError, Message
from engine.installation.housekeeping import Housekeeper
from engine.installation.job_runner import JobRunner
from engine.installation.outside import outside_steps
from engine.model.app import AppModel
from engine.model.context import Context
from engine.model.entities import FieldKind
from engine.model.requests import QueryRequest
from engine.runtime.access.explain import explain_access
from engine.runtime.access.releases import releases
from engine.runtime.access.rights import readable_fields
from engine.runtime.database.protocol import Session
from engine.runtime.identifiers import decode_id
from engine.runtime.identity.users import user_by_account
from engine.runtime.live_settings import LiveSettings
from engine.runtime.organisation.contexts import Circumstances, context_for
from engine.runtime.settings import Settings
from engine.runtime.themes.learning import Student
from engine.runtime.transfer.exporting import export_rows
from engine.runtime.transfer.importing import ImportPlan, import_sheet
from engine.runtime.transfer.sheets import read_sheet
from engine.runtime.transfer.suggesting import named_alike
from engine.runtime.workers import Workers
from engine.web.explain_pages import explanation_body


def import_file(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    """Import with the rights of a user; exit 1 when a line was refused."""
    with writing(settings) as installation:
        sheet = read_sheet(given.file.name, given.file.read_bytes())
        entity = installation.models.current().entities.get(given.entity)
        if entity is None:
            raise DougongError(Message(f"没有实体 {given.entity}", f"There is no entity {given.entity}"))
        columns = dict(pair.split("=", 1) for pair in given.map if "=" in pair) or named_alike(entity, sheet.header)
        key = tuple(part for part in given.key.split(",") if part)
        plan = ImportPlan(given.entity, columns, key, given.dry_run)
        report = installation.workplace.write(
            context_of_account(installation, given.user), lambda work: import_sheet(work, plan, sheet)
        )
        housekeeper = Housekeeper(installation.workplace, LiveSettings(settings), installation.clock)
        workers = Workers()
        student = Student(installation.workplace, workers, settings.zone)
        outside = outside_steps(settings, housekeeper, student)
        JobRunner(installation.workplace, installation.clock, settings.zone, outside).run_due()
        workers.close()
        for one in report.problems:
            console.line(f"{given.file.name}:{one.line} {one.column}: {one.message.text(console.language)}")
        console.say(
            f"新增 {report.created}，更新 {report.updated}，有误 {len(report.problems)}",
            f"{report.created} created, {report.updated} updated, {len(report.problems)} problems",
        )
        console.result(
            {
                "created": report.created,
                "updated": report.updated,
                "problems": [
                    {"line": one.line, "column": one.column, "message": one.message.text(console.language)}
                    for one in report.problems
                ],
            }
        )
        return 1 if report.problems else 0


def export_file(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    """Export what a user may export, by the file's ending as CSV or Excel."""
    with opened(settings) as installation:
        model, context = installation.models.current(), context_of_account(installation, given.user)
        if given.entity not in model.entities:
            raise DougongError(Message(f"没有实体 {given.entity}", f"There is no entity {given.entity}"))
        readable = readable_fields(model, context, given.entity)
        columns = tuple(
            (name,)
            for name, field in model.entities[given.entity].fields.items()
            if name in readable and field.kind is not FieldKind.ATTACHMENT
        )
        kind = "xlsx" if given.file.suffix == ".xlsx" else "csv"
        content = installation.workplace.read(
            context, lambda work: export_rows(work, QueryRequest(given.entity, columns), kind).content
        )
        given.file.write_bytes(content)
        console.say(f"已写入 {given.file}", f"{given.file} written")
        console.result({"file": str(given.file), "bytes": len(content)})
        return 0


def explain(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    """Explain rights, releases, or where a computed field's formula stands."""
    with opened(settings) as installation:
        model = installation.models.current()
        if given.subject == "releases":
            _list_releases(model, console)
        elif given.subject == "access":
            _explain_access(installation, given, console)
        elif given.subject in SAID and (given.record or given.subject == "metric"):
            _say_as(installation, given, console)
        else:
            field = (
                model.entities[given.entity].fields[given.field]
                if given.entity in model.entities and given.field in model.entities[given.entity].fields
                else None
            )
            if field is None or field.formula is None:
                raise DougongError(
                    Message("请给出计算字段:--entity 与 --field", "Name a computed field by --entity and --field")
                )
            console.line(f"{given.entity}.{given.field} = {field.formula.source}\n  {field.place}")
            console.line(f"  ← {', '.join(sorted(field.formula.references))}")
            console.result(
                {
                    "formula": field.formula.source,
                    "place": str(field.place),
                    "reads": sorted(field.formula.references),
                }
            )
        return 0


def _list_releases(model: AppModel, console: Console) -> None:
    """What roles are told beyond the rows and cells that they may read, and by which line."""
    found = releases(model)
    for one in found:
        console.line(f"{one.kind:<10} {one.name:<36} {one.place}  → {', '.join(one.roles)}")
        if one.reads:
            console.line(f"           ← {', '.join(one.reads)}")
    console.result(
        [
            {
                "kind": str(one.kind),
                "name": one.name,
                "place": str(one.place),
                "roles": list(one.roles),
                "reads": list(one.reads),
            }
            for one in found
        ]
    )


def _explain_access(installation: Installation, given: argparse.Namespace, console: Console) -> None:
    if not (given.user and given.entity and given.record):
        raise DougongError(Message("需要 --user、--entity、--record", "--user, --entity and --record are needed"))
    context = context_of_account(installation, given.user)
    found = installation.workplace.read(
        context, lambda work: explain_access(work, context, given.entity, decode_id(given.record), given.field)
    )
    console.line(f"{found.action} {'✓' if found.allowed else '✗'} {found.right}")
    for rule in found.rules:
        console.line(
            f"  {'✓' if rule.held else '·'} {rule.place}  {rule.id}: {rule.says}{'  [' + rule.condition + ']' if rule.condition else ''}"
        )
    console.result(explanation_body(found))


SAID = {"value": say_value, "transition": say_transition, "metric": say_metric}


def _say_as(installation: Installation, given: argparse.Namespace, console: Console) -> None:
    """An explanation of records and figures, with the rights of a user."""
    if not given.user:
        raise DougongError(Message("还需要 --user:按谁的权限说明", "--user is needed: with whose rights to explain"))
    say = SAID[given.subject]
    installation.workplace.read(context_of_account(installation, given.user), lambda work: say(work, given, console))


def context_of_account(installation: Installation, account: str) -> Context:
    """A context with the rights of an account. Raises NoSuchAccount."""
    settings = installation.settings

    def resolve(session: Session) -> Context:
        user = user_by_account(session, account)
        if user is None:
            raise NoSuchAccount(Message(f"没有账号 {account}", f"There is no account {account}"))
        at = Circumstances(installation.clock.now(), settings.language, settings.zone)
        return context_for(session, installation.models.current(), user, at)

    return installation.database.read(resolve)
