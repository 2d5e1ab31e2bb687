"""Planted faults: one for each class of hole that products of this kind had. The oracle must find every one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from engine.diagnostics import Message
from engine.model.access import Action, FieldRight
from engine.model.errors import Forbidden, NotFound, UnknownField
from engine.runtime import history
from engine.runtime.access import decide, explain
from engine.runtime.access.decisions import ALWAYS, NEVER, FieldDecision
from engine.runtime.database.statements import StatementCache
from engine.runtime.metrics import groups, sources
from engine.runtime.organisation import standings
from engine.runtime.query import (
    cells,
    filters,
    listing,
    nodes,
    ordering,
    picker,
    rights,
    search_query,
    secure,
    selection,
)
from engine.runtime.query.secure import SecuredRows
from engine.runtime.query.stored_columns import StoredColumns
from engine.runtime.records import bulk, checks, parsing, preview, removal, transitions, writing
from engine.runtime.rows import select
from engine.runtime.storage.tables import indexed_fields
from engine.runtime.transfer import exporting
from engine.web import answers, drill_page, explain_pages, forms, live_formulas, openapi, openapi_schemas, records_api
from tests.oracle.planting import (
    NO_ROW_RULES,
    RAW_CELLS,
    Plant,
    all_of,
    anything_alive,
    during,
    instead,
    nothing,
    raw_cell,
    wrapped,
)

RAW_CELL = instead(SecuredRows, "cell", raw_cell)
ALL_ACTIONS = frozenset(Action)


@dataclass(frozen=True)
class Fault:
    """A hole: what it is, how it is planted, which questions would meet it first."""

    what: str
    plant: Plant
    questions: tuple[str, ...]


def every_field(model: Any, context: Any, entity: str) -> frozenset[str]:
    return frozenset(model.entities[entity].fields)


def all_written(work: Any, entity: str, *given: Any, **named: Any) -> Mapping[str, FieldRight]:
    found = work.model.entities[entity].fields.items()
    return {name: FieldRight.READ if one.computed or one.read_only else FieldRight.WRITE for name, one in found}


def opened(decision: FieldDecision, **changes: Any) -> FieldDecision:
    return replace(decision, **changes)


def over_decisions(change: Callable[[FieldDecision], FieldDecision]) -> Plant:
    """Every decision on a guarded field is another one."""

    def wrap(original: Callable[..., FieldDecision]) -> Callable[..., FieldDecision]:
        return lambda field, rules: change(original(field, rules))

    return wrapped(decide, "_field_decision", wrap)


def stored_lower(columns: Any) -> Any:
    """Formulas of pages and figures over stored values."""
    return StoredColumns(columns.compilation, columns.entity, columns.alias)


def order_by_stored(original: Callable[..., Any]) -> Callable[..., Any]:
    def act(self: listing.Listing, last: Any, rest: bool = False) -> Any:
        tree, decoder, compilation = original(self, last, rest)
        for at, sort in enumerate(self.sorts):
            if len(sort.path) == 1:
                for one in tree.expressions:
                    if one.alias == f"k{at}":
                        one.set("this", nodes.column("r0", sort.path[0]))
        return tree, decoder, compilation

    return act


def hidden_is_forbidden(original: Callable[..., Any]) -> Callable[..., Any]:
    def act(reader: Any, entity: str, path: Any) -> Any:
        try:
            return original(reader, entity, path)
        except UnknownField:
            if path[0] in reader.model.entities[entity].fields:
                raise Forbidden from None
            raise

    return act


def told_missing(original: Callable[..., Any], error: Callable[[str], Exception]) -> Callable[..., Any]:
    """A row out of scope is told from a missing one."""

    def act(work: Any, entity: str, record: int, *given: Any) -> Any:
        try:
            return original(work, entity, record, *given)
        except NotFound:
            found = select(work.session, entity, ("id", work.model.entities[entity].title), {"id": record})
            raise (error(str(found[0][1])) if found else NotFound()) from None

    return act


def not_found_with(text: str) -> Exception:
    error = NotFound()
    error.message = Message(text, text)
    return error


def any_day(day: date, name: str) -> Plant:
    """Seats by another day than today."""
    return wrapped(standings, name, lambda original: lambda session, user, _: original(session, user, day))


def every_unit(original: Callable[..., Any]) -> Callable[..., Any]:
    def act(session: Any, model: Any, user: int, day: date) -> Any:
        found = original(session, model, user, day)
        units = frozenset(int(str(row[0])) for row in select(session, "dougong_unit", ("id",)))
        return replace(found, scopes={**found.scopes, "user.units": units})

    return act


def without_roles(original: Callable[..., Any]) -> Callable[..., Any]:
    """Statements remembered for whoever asked first."""
    return lambda self, key, make: original(self, (key[0], *key[2:]) if len(key) == 7 else key, make)


def searches_all(reader: Any, access: Any) -> tuple[str, ...]:
    return tuple(field.name for field in indexed_fields(reader.model.entities[access.entity]))


def join_without(*plants: Plant) -> Plant:
    return during(SecuredRows, "_join", *plants)


def joined_raw(original: Callable[..., Any]) -> Callable[..., Any]:
    """Rights of a related row's fields forgotten."""

    def act(self: SecuredRows, alias: str, holder: Any, found: Any) -> Any:
        if alias == self.alias:
            return original(self, alias, holder, found)
        column = nodes.column(alias, found.name)
        return cells.Cell(found, column, column, cells.READABLE, "all")

    return act


READING: Mapping[str, Fault] = {
    "count_without_row_rule": Fault(
        "a total counts rows out of scope", during(listing.Listing, "count_tree", NO_ROW_RULES), ("list",)
    ),
    "list_without_row_rule": Fault("rows out of scope", NO_ROW_RULES, ("list", "get")),
    "deleted_rows": Fault("deleted rows live on", instead(secure, "alive", anything_alive), ("list", "get")),
    "relation_target_not_checked": Fault("a related row out of scope is read", join_without(NO_ROW_RULES), ("list",)),
    "deleted_relation_target": Fault(
        "a deleted related row is read",
        join_without(wrapped(secure, "alive", lambda original: anything_alive)),
        ("list", "get", "list_page"),
    ),
    "expanded_field_not_secured": Fault(
        "a field read along a relation forgets its rights", wrapped(SecuredRows, "_cell_at", joined_raw), ("list",)
    ),
    "fields_not_secured": Fault("fields as they are stored", RAW_CELLS, ("list", "get")),
    "hidden_is_a_name": Fault(
        "a hidden field is a name", instead(FieldDecision, "hidden", property(lambda self: False)), ("unknown", "list")
    ),
    "hidden_is_forbidden": Fault(
        "the answer tells that a hidden field exists",
        all_of(*(wrapped(owner, "resolve", hidden_is_forbidden) for owner in (filters, ordering, selection))),
        ("unknown",),
    ),
    "filter_on_stored": Fault("a list is filtered by what is stored", during(listing, "lowered", RAW_CELL), ("list",)),
    "sort_by_stored": Fault(
        "an order tells what is behind a mask", wrapped(listing.Listing, "page_tree", order_by_stored), ("list",)
    ),
    "figure_of_stored": Fault(
        "a figure adds what is not read", instead(groups, "SecuredColumns", stored_lower), ("figures",)
    ),
    "figure_over_hidden": Fault(
        "a figure over a hidden field is answered", instead(sources, "check_nameable", nothing), ("figures", "openapi")
    ),
    "figure_over_all_rows": Fault(
        "a figure over rows out of scope", during(groups, "_tree", NO_ROW_RULES), ("figures",)
    ),
    "group_by_stored": Fault("groups by what is stored", during(groups, "_key_expressions", RAW_CELL), ("figures",)),
    "search_in_hidden": Fault(
        "a search looks into hidden fields", instead(search_query, "indexed_names", searches_all), ("list", "pick")
    ),
    "search_in_stored": Fault("a search looks behind masks", during(listing, "matches", RAW_CELL), ("list",)),
    "pick_out_of_scope": Fault(
        "a picker offers rows out of scope", during(picker, "list_records", NO_ROW_RULES), ("pick",)
    ),
    "pick_stored_title": Fault("a picker shows stored titles", during(picker, "list_records", RAW_CELLS), ("pick",)),
    "pick_for_hidden": Fault(
        "a picker works for a hidden field",
        during(picker, "_reference", instead(FieldDecision, "hidden", property(lambda self: False))),
        ("pick", "unknown"),
    ),
    "export_out_of_scope": Fault(
        "a sheet has rows that may be read and not exported",
        wrapped(exporting, "list_records", lambda original: lambda work, request, action: original(work, request)),
        ("export",),
    ),
    "export_without_right": Fault(
        "a sheet without the right",
        all_of(
            instead(exporting, "allowed_actions", lambda *given: ALL_ACTIONS),
            wrapped(exporting, "list_records", lambda original: lambda work, request, action: original(work, request)),
        ),
        ("export",),
    ),
    "export_stored": Fault(
        "a sheet has what is behind masks", during(exporting, "list_records", RAW_CELLS), ("export",)
    ),
    "history_of_hidden": Fault(
        "values of before and after of hidden fields", instead(history, "READABLE", frozenset(FieldRight)), ("history",)
    ),
    "history_of_masked": Fault(
        "values of before and after behind a mask",
        instead(history, "READABLE", history.READABLE | {FieldRight.MASK}),
        ("history",),
    ),
    "history_out_of_scope": Fault(
        "a history of a row out of scope",
        all_of(instead(records_api, "get_record", nothing), instead(history, "field_rights", all_written)),
        ("history", "missing"),
    ),
    "openapi_lists_hidden": Fault(
        "the description names hidden fields", instead(openapi, "readable_fields", every_field), ("openapi",)
    ),
    "openapi_lists_denied": Fault(
        "the description names denied entities",
        all_of(
            instead(openapi, "readable_fields", every_field),
            instead(openapi, "allowed_actions", lambda *given: ALL_ACTIONS),
        ),
        ("openapi",),
    ),
    "openapi_lists_figures": Fault(
        "the description names denied figures",
        instead(openapi, "figures_for", lambda reader: tuple(reader.model.metrics)),
        ("openapi",),
    ),
    "openapi_lists_inputs": Fault(
        "the description offers fields that are not written",
        instead(openapi_schemas, "writable_fields", every_field),
        ("openapi",),
    ),
    "missing_tells_a_value": Fault(
        "an error text holds a value",
        all_of(
            *(
                wrapped(owner, name, lambda original: told_missing(original, not_found_with))
                for owner in (records_api, explain_pages)
                for name in ("get_record", "get_body")
                if hasattr(owner, name)
            )
        ),
        ("get", "missing"),
    ),
    "missing_is_forbidden": Fault(
        "a row out of scope is told from a missing one",
        wrapped(records_api, "get_body", lambda original: told_missing(original, lambda text: Forbidden())),
        ("get", "missing"),
    ),
    "masks_off": Fault(
        "what may be seen masked is seen",
        over_decisions(lambda one: opened(one, readable=ALWAYS) if one.masked != NEVER else one),
        ("list", "get"),
    ),
    "mask_shows_all": Fault(
        "a mask leaves everything",
        instead(cells, "masked_text", lambda mask, cell, dialect: cell.copy()),
        ("list", "get"),
    ),
    "field_condition_dropped": Fault(
        "a field right holds on every row",
        over_decisions(lambda one: opened(one, readable=ALWAYS) if one.readable != NEVER else one),
        ("list", "get"),
    ),
    "row_condition_dropped": Fault(
        "a grant holds on every row", instead(decide, "_right", lambda rows: ALWAYS), ("list",)
    ),
    "field_rules_of_any_role": Fault(
        "field rules hold for every role",
        instead(decide, "_rules_for", lambda rules, name, roles: [one for one in rules if name in one.fields]),
        ("list", "get"),
    ),
    "grants_of_any_role": Fault(
        "grants hold for every role",
        wrapped(
            decide,
            "_rows",
            lambda original: (
                lambda access, roles, action: original(
                    access, roles | {role for one in (access.grants if access else ()) for role in one.roles}, action
                )
            ),
        ),
        ("list",),
    ),
    "token_scopes_ignored": Fault(
        "a token does more than its scopes", instead(decide, "scope_allows", lambda *given: True), ()
    ),
    "seat_of_the_past": Fault("an ended seat gives rights", any_day(date(2026, 2, 27), "memberships_of"), ()),
    "seat_to_come": Fault("a seat to come gives rights", any_day(date(2026, 3, 9), "memberships_of"), ()),
    "delegation_of_the_past": Fault(
        "an ended delegation gives rights", any_day(date(2026, 3, 1), "delegations_to"), ()
    ),
    "units_of_all": Fault(
        "everybody sits in every unit", wrapped(standings, "standing_of", every_unit), ("list", "get")
    ),
    "cached_after_revocation": Fault(
        "rights taken away are remembered", instead(standings, "stamp_of", lambda session: 0), ("moved", "list")
    ),
    "statement_of_another": Fault(
        "a statement made for somebody else's rights", wrapped(StatementCache, "get", without_roles), ("list", "get")
    ),
    "page_stored": Fault(
        "a page shows what is stored", during(answers, "list_records", RAW_CELLS), ("list_page", "board")
    ),
    "page_out_of_scope": Fault(
        "a page shows rows out of scope", during(answers, "list_records", NO_ROW_RULES), ("list_page", "record_page")
    ),
    "dashboard_over_all_rows": Fault(
        "a tile adds rows out of scope", during(answers, "aggregate", NO_ROW_RULES), ("board",)
    ),
    "drill_out_of_scope": Fault(
        "rows behind a figure out of scope", during(drill_page, "list_records", NO_ROW_RULES), ("drill",)
    ),
    "condition_over_stored": Fault(
        "the condition of a page reads what its reader may not",
        instead(listing, "SecuredColumns", stored_lower),
        ("board", "drill"),
    ),
    "form_offers_all": Fault(
        "a form offers what may not be written", instead(forms, "field_rights", all_written), ("form",)
    ),
    "explained_condition": Fault(
        "an explanation names hidden fields", instead(explain, "nameable", lambda *given: True), ("explain",)
    ),
    "explained_formula": Fault(
        "an explanation shows a formula over hidden fields",
        instead(explain_pages, "nameable", lambda *given: True),
        ("why_page",),
    ),
    "previewed_condition": Fault(
        "a preview decides by what its reader may not read",
        instead(preview, "SeenCells", lambda given, readable: given),
        ("preview",),
    ),
    "formulas_of_hidden": Fault(
        "the browser gets formulas over hidden fields",
        instead(
            live_formulas,
            "_plain_names",
            lambda model, context, entity: frozenset(entity.fields),
        ),
        ("form",),
    ),
}


def reading_is_acting(original: Callable[..., Any]) -> Callable[..., Any]:
    """What may be read may be acted on."""
    return lambda model, context, entity, action: original(model, context, entity, Action.READ)


ON_EVERY_ROW = wrapped(rights, "decide", reading_is_acting)
"""The right to an action reaches every row that may be read."""


def checks_alone(work: Any, entity: Any, row: Any, action: Action) -> checks.Answers:
    """What the checks of a row that was written come out as, its right not asked."""
    return checks._answers(work, entity, row, checks._asked_of(work, entity))


WRITING: Mapping[str, Fault] = {
    "create_without_proof": Fault(
        "a new row outside of one's right",
        instead(writing, "written_by_right", checks_alone),
        ("create", "update"),
    ),
    "update_only_on_new_row": Fault(
        "a row is pulled into one's right",
        during(writing, "row_to_change", ON_EVERY_ROW),
        ("update",),
    ),
    "target_not_checked": Fault(
        "a relation to a row out of reach",
        instead(parsing, "_reference_problems", lambda *given: ()),
        ("create", "update"),
    ),
    "mass_assignment": Fault(
        "fields are written without the right", instead(writing, "field_rights", all_written), ("update", "create")
    ),
    "hidden_name_in_a_write": Fault(
        "a write tells that a hidden field exists",
        instead(parsing, "readable_fields", every_field),
        ("update", "unknown"),
    ),
    "new_row_not_proven": Fault(
        "a field right that depends on the row is not asked of a new one",
        instead(writing, "not_written_by_right", lambda *given: frozenset()),
        ("create",),
    ),
    "lines_as_new_rows": Fault(
        "a line is written under the rights of a new one",
        instead(
            writing,
            "writable_fields",
            lambda work, entity, record: frozenset(
                name for name, one in writing.field_rights(work, entity, None).items() if one is FieldRight.WRITE
            ),
        ),
        ("lines",),
    ),
    "delete_without_right": Fault(
        "a delete without the right", during(removal, "changeable_row", ON_EVERY_ROW), ("delete",)
    ),
    "restore_without_right": Fault(
        "a restore without the right", instead(removal, "check_permitted", nothing), ("restore",)
    ),
    "move_without_right": Fault(
        "a transition without the right",
        during(transitions, "row_to_change", ON_EVERY_ROW),
        ("move",),
    ),
    "move_of_any_role": Fault(
        "a transition by any role",
        wrapped(
            transitions,
            "decide_transition",
            lambda original: (
                lambda workflow, entity, move, standing: original(
                    workflow, entity, move, replace(standing, roles=move.roles)
                )
            ),
        ),
        ("move",),
    ),
    "conflict_tells_the_state": Fault(
        "a refused transition tells the state",
        instead(transitions, "field_rights", lambda *given: dict.fromkeys(["state"], FieldRight.READ)),
        ("move",),
    ),
    "refusal_names_the_denied": Fault(
        "a refused delete names what is denied", instead(removal, "may", lambda *given: True), ("delete",)
    ),
    "bulk_without_right": Fault("a bulk without the right of each", during(bulk, "update", ON_EVERY_ROW), ("bulk",)),
    "null_sent_to_hidden": Fault(
        "an empty value sent to a hidden computed field tells whether it is empty",
        wrapped(
            writing,
            "field_rights",
            lambda original: (
                lambda work, entity, record, *given: {
                    name: FieldRight.READ if name == "total" else one
                    for name, one in original(work, entity, record, *given).items()
                }
            ),
        ),
        ("unknown", "update"),
    ),
}
