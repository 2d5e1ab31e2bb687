"""Names in stored data: which columns hold the names of what definitions declare, and what is called otherwise now."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from engine.model.app import AppModel
from engine.runtime.schema.tables import NameChange, NamedColumn, NameWay
from engine.runtime.storage.listed_items import lists_of
from engine.runtime.storage.tables import version_table_name

PAGES = (
    NamedColumn("dougong_screen", "page"),
    NamedColumn("dougong_report", "page"),
    NamedColumn("dougong_list_view", "page"),
    NamedColumn("dougong_list_default", "page"),
)
COLUMNS: Mapping[str, tuple[NamedColumn, ...]] = {
    "entities": (
        *(
            NamedColumn(f"dougong_{table}", "entity")
            for table in (
                "approval_delegation",
                "attachment",
                "bulk",
                "comment",
                "comment_trace",
                "delivery",
                "legal_hold",
                "subject_request",
                "draft",
                "event",
                "flow",
                "flow_task",
                "flow_waiting",
                "idempotency",
                "import",
                "level_decision",
                "level_finding",
                "model_version",
                "negotiation_decision",
                "notice",
                "ownership",
                "source_refusal",
                "source_standing",
            )
        ),
        NamedColumn("dougong_legal_hold", "covers"),
        NamedColumn("dougong_sequence", "name", NameWay.PREFIX),
    ),
    "roles": (
        NamedColumn("dougong_user_role", "role"),
        NamedColumn("dougong_session", "view_as"),
        NamedColumn("dougong_screen", "role"),
        NamedColumn("dougong_model_version", "approve_by"),
        NamedColumn("dougong_list_view", "roles", NameWay.LISTED),
    ),
    "pages": PAGES,
    "dashboards": PAGES,
    "metrics": (NamedColumn("dougong_figure_watch", "metric"),),
    "units": (NamedColumn("dougong_unit", "kind"),),
    "workflows": (
        NamedColumn("dougong_flow", "flow"),
        NamedColumn("dougong_flow_task", "flow"),
        NamedColumn("dougong_flow_text", "flow"),
        NamedColumn("dougong_approval_delegation", "flows", NameWay.LISTED),
    ),
    "sources": tuple(
        NamedColumn(f"dougong_{table}", "source")
        for table in ("source_run", "source_standing", "source_seen", "source_refusal")
    ),
    "negotiations": (NamedColumn("dougong_negotiation_decision", "negotiation"),),
    "knowledge": (NamedColumn("dougong_knowledge_edit", "graph"), NamedColumn("dougong_knowledge_step", "graph")),
}
"""The kernel's columns that hold names, by the kind of what they name. Search and roll-ups are made anew; the ledgers of
audit and egress say what things were called then."""


@dataclass(frozen=True, slots=True)
class Renamed:
    """Something of `kind` that was called `old`: an entity, a field of the entity `owner`, a state of the life `owner`, or a
    resource."""

    kind: str
    owner: str
    old: str
    new: str


def renamed(model: AppModel, leaving: AppModel | None = None) -> tuple[Renamed, ...]:
    """What the model declares to have had another name. Of a model that is left, what it had renamed and this one calls by
    its old name goes back."""
    found = list(_declared(model))
    if leaving is not None:
        earlier = list(_declared(leaving))
        back = {(one.kind, one.new): one.old for one in earlier if not one.owner and _goes_back(one, model)}
        for one in earlier:
            owner = back.get((OWNERS.get(one.kind, ""), one.owner), one.owner)
            turned = replace(one, owner=owner)
            if _goes_back(turned, model):
                found.append(replace(turned, old=one.new, new=one.old))
    return tuple(dict.fromkeys(found))


OWNERS = {"fields": "entities", "states": "workflows"}
"""What holds the parts that are renamed."""


def _declared(model: AppModel) -> Iterator[Renamed]:
    for entity in model.entities.values():
        yield from (Renamed("entities", "", old, entity.name) for old in entity.renamed_from)
        for field in entity.fields.values():
            yield from (Renamed("fields", entity.name, old, field.name) for old in field.renamed_from)
    for one in model.formers.values():
        yield Renamed(one.kind, one.owner, one.old, one.now)


def _goes_back(one: Renamed, model: AppModel) -> bool:
    """Whether a model calls something by the name that another one has as its former name."""
    names = _names(model, one)
    return one.old in names and one.new not in names


def _names(model: AppModel, one: Renamed) -> Container[str]:
    if one.kind == "entities":
        return model.entities
    if one.kind == "fields":
        return model.entities[one.owner].fields if one.owner in model.entities else ()
    if one.owner:
        life = model.workflows.get(one.owner)
        return [state.name for state in life.states] if life is not None and one.kind == "states" else ()
    return {name.name for name in model.resources if name.kind == one.kind}


def name_changes(model: AppModel, found: Iterable[Renamed]) -> tuple[NameChange, ...]:
    """The stored values of a model that follow its renames."""
    return tuple(dict.fromkeys(change for one in found for change in _changes(model, one)))


def _changes(model: AppModel, one: Renamed) -> Iterator[NameChange]:
    if one.kind == "fields":
        yield from _of_field(one)
    elif one.kind == "states":
        for entity in model.entities.values():
            for field in entity.fields.values():
                if field.workflow == one.owner:
                    for where in _states(model, entity.name, field.name):
                        yield NameChange(where, one.old, one.new)
    else:
        yield from (NameChange(where, one.old, one.new) for where in COLUMNS.get(one.kind, ()))


def _of_field(one: Renamed) -> Iterator[NameChange]:
    table = version_table_name(one.owner)
    yield NameChange(NamedColumn(table, "changed", NameWay.LISTED), one.old, one.new)
    for column in ("before", "after"):
        yield NameChange(NamedColumn(table, column, NameWay.KEY), one.old, one.new)
    for decided in ("dougong_level_decision", "dougong_level_finding"):
        yield NameChange(NamedColumn(decided, "field", at_column="entity", at=one.owner), one.old, one.new)
    sequence = NamedColumn("dougong_sequence", "name", NameWay.PREFIX)
    yield NameChange(sequence, f"{one.owner}:{one.old}", f"{one.owner}:{one.new}")


def _states(model: AppModel, entity: str, field: str) -> Iterator[NamedColumn]:
    """Where a state of an entity's rows is kept: in them, in their versions, in views of their lists, in their figures."""
    yield NamedColumn(entity, field)
    for column in ("before", "after"):
        yield NamedColumn(version_table_name(entity), column, NameWay.CELL, key=field)
    for page in dict.fromkeys(one.page for one in lists_of(model, entity)):
        yield NamedColumn("dougong_list_view", "parameters", NameWay.ASKED, field, "page", page)
    yield NamedColumn("dougong_rollup", "entity", NameWay.FORGOTTEN, "", "entity", entity)
