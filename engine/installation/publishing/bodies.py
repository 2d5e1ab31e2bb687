"""What the interface tells of plans and versions, as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from designer.api.answers import Json, words
from designer.differences.concerns import Affected
from designer.differences.said import Difference, Line
from designer.elements import Element
from engine.installation.publishing.testing import TestRun
from engine.model.app import AppModel
from engine.model.names import ResourceName
from engine.runtime.database.statements import Dialect
from engine.runtime.design_versions import Version
from engine.runtime.identifiers import encode_id
from engine.runtime.identity.users import User
from engine.runtime.schema.ddl import ddl
from engine.runtime.schema.estimate import Estimate
from engine.runtime.schema.plan import SchemaPlan


def difference_body(found: Difference) -> dict[str, object]:
    """A difference in words, by resource."""
    return {
        "headline": words(found.headline),
        "resources": [
            {
                "kind": one.resource.kind,
                "name": one.resource.name,
                "effect": str(one.effect),
                "label": words(one.name),
                "files": list(one.files),
                "lines": [_line(line) for line in one.lines],
                "users": _names(one.users),
            }
            for one in found.resources
        ],
    }


def _line(line: Line) -> Json:
    return {"effect": str(line.effect), "part": line.part, "words": words(line.words), "users": _names(line.users)}


def _names(users: Iterable[ResourceName]) -> list[str]:
    return [str(one) for one in users]


def element_body(one: Element) -> Json:
    """An element in which a file differs from what it was, with the command that gives it back."""
    return {"name": one.name, "effect": one.effect, "label": one.label, "command": one.command}


def migration_body(plan: SchemaPlan, estimates: Sequence[Estimate], dialect: Dialect) -> dict[str, object]:
    """What the database needs, in words and as SQL, with the time that it takes in seconds."""
    return {
        "seconds": round(sum(one.seconds for one in estimates), 3),
        "destructive": [words(one.describe()) for one in plan.destructive],
        "operations": [
            {
                "words": words(one.describe()),
                "destructive": one.destructive,
                "rows": estimate.rows,
                "seconds": round(estimate.seconds, 3),
                "sql": [statement.sql for statement in ddl(one, dialect)],
            }
            for one, estimate in zip(plan.operations, estimates, strict=True)
        ],
    }


def affected_body(found: Affected) -> dict[str, object]:
    """Whom and what a plan touches."""
    return {
        "roles": [words(one) for one in found.roles],
        "people": found.people,
        "rows": [{"label": words(name), "count": count} for name, count in found.rows],
        "tasks": [{"label": words(name), "count": count} for name, count in found.tasks],
        "pages": [words(one) for one in found.pages],
    }


def tests_body(run: TestRun) -> dict[str, object]:
    """How the tests stand."""
    touched = [one for name, one in run.done.items() if name in run.affected]
    return {
        "state": "stopped" if run.stopped else "ended" if run.ended else "running",
        "stopped": words(run.stopped),
        "total": len(run.names),
        "done": len(run.done),
        "affected": {
            "total": len(run.affected),
            "done": len(touched),
            "failed": sum(one is not None for one in touched),
            "ended": run.affected_ended,
        },
        "passed": run.passed,
        "failed": [
            {
                "suite": one.suite,
                "test": one.test,
                "label": words(one.label),
                "place": one.place,
                "problems": [words(problem) for problem in one.problems],
            }
            for one in run.failed
        ],
    }


def roles_body(model: AppModel, roles: Sequence[str], users: Sequence[User]) -> dict[str, object]:
    """The roles that come with a plan, each with the page that it begins at, and the people who may be given them."""
    homes = {role: model.pages.get(model.roles[role].home or "") for role in roles}
    return {
        "new_roles": [
            {
                "name": role,
                "label": dict(model.roles[role].label.texts),
                "home": dict(page.label.texts) if page else None,
            }
            for role, page in homes.items()
        ],
        "people": [{"account": one.account, "name": one.name, "name_en": one.name_en or one.name} for one in users],
    }


def version_body(one: Version, names: Mapping[int, str]) -> dict[str, object]:
    """A version in a list; its author by name."""
    return {
        "id": encode_id(one.id),
        "at": one.at.isoformat(),
        "author": names.get(one.author) if one.author is not None else None,
        "sort": str(one.sort),
        "note": one.note,
        "reason": one.reason,
        "words": words(one.words),
        "restores": encode_id(one.restores) if one.restores is not None else None,
    }
