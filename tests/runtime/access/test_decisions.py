"""Decisions: what roles, grants, field rules and token scopes add up to. Default deny."""

from __future__ import annotations

import pytest
from runtime.builders import context, entity, field, grant, model, relation, rule

from engine.model.access import Action, FieldRight
from engine.model.entities import FieldKind, OnDelete
from engine.model.formula import Boolean, Formula, Literal
from engine.runtime.access.decide import decide, scope_allows
from engine.runtime.access.decisions import ALWAYS, NEVER, Allow, Deny, When, Whole
from engine.runtime.access.rights import allowed_actions, readable_fields


def formula(source: str) -> Formula:
    return Formula(source, Literal(True, Boolean()), Boolean())


OWN, UNIT, OPEN = formula("own"), formula("unit"), formula("open")
MODEL = model(
    entity(
        "deal",
        field("name"),
        field("budget", FieldKind.MONEY),
        field("phone", FieldKind.PHONE, mask="phone"),
        field("cost"),
    ),
    entity("line", relation("deal", "deal", OnDelete.CASCADE), field("text"), part_of="deal"),
    entity("secret", field("name")),
    grants=[
        grant("deal", "sales", OWN, {Action.READ, Action.UPDATE}),
        grant("deal", "lead", UNIT, {Action.READ}),
        grant("deal", "boss"),
    ],
    rules=[
        rule("deal", "budget", "sales", FieldRight.WRITE, OPEN),
        rule("deal", "budget", "sales lead", FieldRight.READ),
        rule("deal", "phone", "lead", FieldRight.MASK),
        rule("deal", "cost", "boss", FieldRight.NONE),
    ],
)


def allow(roles: str, entity_name: str = "deal", action: Action = Action.READ) -> Allow:
    decision = decide(MODEL, context(1, roles), entity_name, action)
    assert isinstance(decision, Allow)
    return decision


@pytest.mark.parametrize("name", ["deal", "line", "secret", "nonsense"])
@pytest.mark.parametrize("roles", ["", "stranger"])
def test_without_a_grant_everything_is_denied(name: str, roles: str) -> None:
    assert all(decide(MODEL, context(1, roles), name, action) == Deny(name) for action in Action)


def test_an_administrator_without_a_grant_reads_no_row() -> None:
    assert decide(MODEL, context(1, "administrator"), "deal", Action.READ) == Deny("deal")


def test_conditions_of_all_roles_add_up() -> None:
    assert allow("sales").rows == When((OWN,))
    assert allow("sales lead").rows == When((OWN, UNIT))
    assert allow("sales boss").rows == ALWAYS


def test_an_action_is_granted_by_itself() -> None:
    assert allowed_actions(MODEL, context(1, "sales"), "deal") == {Action.READ, Action.UPDATE}
    assert allowed_actions(MODEL, context(1, "lead"), "deal") == {Action.READ}


def test_a_part_is_reached_through_its_whole_and_changed_by_whoever_changes_that() -> None:
    assert allow("sales", "line").rows == Whole("deal", allow("sales"))
    assert allow("sales", "line", Action.DELETE).rows == Whole("deal", allow("sales", action=Action.UPDATE))
    assert decide(MODEL, context(1, "lead"), "line", Action.CREATE) == Deny("line")


def test_a_field_that_no_rule_names_is_open() -> None:
    assert allow("sales").field("name").readable == ALWAYS


def test_a_guarded_field_gives_each_role_only_what_its_rules_give() -> None:
    assert allow("sales").field("budget").readable == ALWAYS
    assert allow("sales").field("budget").writable == When((OPEN,))
    assert allow("lead").field("budget").writable == NEVER
    assert allow("boss").field("budget").hidden
    assert allow("boss").field("cost").hidden


def test_a_mask_is_not_reading() -> None:
    decision = allow("lead").field("phone")
    assert (decision.readable, decision.masked, decision.mask, decision.hidden) == (NEVER, ALWAYS, "phone", False)


def test_a_name_that_is_no_field_is_hidden_like_one_that_may_not_be_read() -> None:
    assert allow("boss").field("nonsense") == allow("boss").field("cost").__class__(NEVER, NEVER, NEVER)


def test_readable_fields_are_the_names_that_exist_for_a_reader() -> None:
    assert "budget" not in readable_fields(MODEL, context(1, "boss"), "deal")
    assert {"phone", "id", "scope_unit"} <= readable_fields(MODEL, context(1, "lead"), "deal")
    assert readable_fields(MODEL, context(1, "stranger"), "deal") == frozenset()


@pytest.mark.parametrize(
    ("scopes", "read", "update", "other"),
    [
        (None, True, True, True),
        (frozenset(), False, False, False),
        (frozenset({"deal:read"}), True, False, False),
        (frozenset({"read"}), True, False, True),
        (frozenset({"write"}), False, True, False),
        (frozenset({"deal:*"}), True, True, False),
        (frozenset({"*:update", "secret:read"}), False, True, True),
        (frozenset({"*"}), True, True, True),
    ],
)
def test_a_tokens_scopes_only_take_away(scopes: frozenset[str] | None, read: bool, update: bool, other: bool) -> None:
    assert scope_allows(scopes, "deal", Action.READ) is read
    assert scope_allows(scopes, "deal", Action.UPDATE) is update
    assert scope_allows(scopes, "secret", Action.READ) is other
    narrowed = decide(MODEL, context(1, "boss", scopes=scopes), "deal", Action.READ)
    assert isinstance(narrowed, Allow) is read
    assert isinstance(decide(MODEL, context(1, "", scopes=scopes), "deal", Action.READ), Deny)
