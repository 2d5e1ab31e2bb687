"""Explain: which line of a definition decides."""

from __future__ import annotations

from dataclasses import replace

import pytest
from runtime.builders import context, entity, field, grant, model, relation, rule
from runtime.formulas import formula
from runtime.world import World, build_world

from engine.model.access import Action, FieldRight
from engine.model.context import Context, Principal
from engine.model.entities import FieldKind, OnDelete
from engine.model.errors import NotFound
from engine.runtime.access.explain import AccessExplanation, explain_access
from engine.runtime.access.telling import told
from engine.runtime.database.protocol import Database

DEAL = entity("deal", field("name"), field("owner", FieldKind.USER), field("stage"), field("budget", FieldKind.MONEY))
LINE = entity("line", relation("deal", "deal", OnDelete.CASCADE), field("text"), part_of="deal")
OWN = formula("owner = user.id", "deal", DEAL, LINE)
OPEN = formula('stage = "open"', "deal", DEAL, LINE)
MODEL = model(
    DEAL,
    LINE,
    grants=[
        grant("deal", "sales", OWN, line=4),
        grant("deal", "auditor", None, {Action.READ}, line=5),
        grant("deal", "lead", formula("scope_unit in user.subtree", "deal", DEAL, LINE), line=6),
    ],
    rules=[
        rule("deal", "budget", "sales", FieldRight.WRITE, OPEN, line=9),
        rule("deal", "budget", "sales auditor", FieldRight.READ, None, line=10),
    ],
)
ADMINISTRATOR = replace(context(99), principal=Principal(99, "boss", frozenset(), administrator=True))


@pytest.fixture
def world(database: Database) -> World:
    made = build_world(database, MODEL)
    made.people((1, "李"), (2, "王"))
    made.row("deal", 1, name="Press", owner=1, stage="open")
    made.row("deal", 2, name="Line", owner=2, stage="won")
    made.row("line", 5, deal=1, text="x")
    return made


def explained(
    world: World, who: Context, entity_name: str, record: int, field_name: str | None = None
) -> AccessExplanation:
    return world.read(ADMINISTRATOR, lambda work: explain_access(work, who, entity_name, record, field_name))


def held(explanation: AccessExplanation) -> list[tuple[str, bool]]:
    return [(str(one.place), one.held) for one in explanation.rules]


def test_every_grant_that_speaks_is_named_with_its_line_and_outcome(world: World) -> None:
    own = explained(world, context(1, "sales"), "deal", 1)
    assert (own.allowed, own.right) == (True, "read")
    assert held(own) == [("access/deal.yaml:4", True), ("access/deal.yaml:5", False), ("access/deal.yaml:6", False)]
    assert own.rules[0].condition == "owner = user.id"
    other = explained(world, context(1, "sales"), "deal", 2)
    assert (other.allowed, other.right) == (False, "none")


def test_a_condition_is_told_to_who_has_names_for_what_it_reads(world: World) -> None:
    sales, lead = context(1, "sales"), context(3, "lead")

    def conditions(asks: Context, field_name: str | None) -> list[str | None]:
        found = world.read(asks, lambda work: explain_access(work, sales, "deal", 1, field_name))
        return [one.condition for one in found.rules]

    assert conditions(sales, None) == ["owner = user.id", None, "scope_unit in user.subtree"]
    assert conditions(context(7, "stranger"), None) == ["…", None, "…"]
    assert 'stage = "open"' in conditions(lead, "budget")


def test_the_strongest_field_rule_that_holds_decides(world: World) -> None:
    assert explained(world, context(1, "sales"), "deal", 1, "budget").right == "write"
    assert explained(world, context(2, "sales"), "deal", 2, "budget").right == "read"
    lead = explained(world, context(3, "lead"), "deal", 1, "budget")
    assert (lead.right, lead.allowed) == ("none", False)
    assert explained(world, context(1, "sales"), "deal", 1, "name").right == "write"


def test_a_part_is_explained_by_its_whole(world: World) -> None:
    line = explained(world, context(1, "sales"), "line", 5)
    assert line.through == ("line.deal",)
    assert (line.allowed, held(line)[0]) == (True, ("access/deal.yaml:4", True))


def test_a_tokens_scope_is_told_apart(world: World) -> None:
    narrowed = explained(world, context(1, "sales", scopes=frozenset({"customer:read"})), "deal", 1)
    assert (narrowed.allowed, narrowed.narrowed_by_token) == (False, True)


@pytest.mark.parametrize(
    ("entity_name", "record", "field_name"), [("deal", 99, None), ("nope", 1, None), ("deal", 1, "nope")]
)
def test_what_does_not_exist_cannot_be_explained(
    world: World, entity_name: str, record: int, field_name: str | None
) -> None:
    with pytest.raises(NotFound):
        explained(world, context(1, "sales"), entity_name, record, field_name)


def test_of_somebody_else_not_even_the_outcome_is_told_when_it_hangs_on_a_hidden_cell(database: Database) -> None:
    deal = entity("deal", field("name"), field("secret"), field("note"))
    hidden = formula('secret = "x"', "deal", deal)
    made = build_world(
        database,
        model(
            deal,
            grants=[grant("deal", "sales"), grant("deal", "auditor")],
            rules=[
                rule("deal", "note", "sales", FieldRight.READ, hidden),
                rule("deal", "note", "auditor", FieldRight.READ),
                rule("deal", "secret", "sales", FieldRight.READ),
            ],
        ),
    )
    made.row("deal", 1, name="a", secret="x", note="n")
    sales, auditor = context(1, "sales"), context(2, "auditor")

    def asked_by(asker: Context) -> AccessExplanation:
        return made.read(asker, lambda work: told(work, explain_access(work, sales, "deal", 1, "note"), sales))

    told_to_auditor = asked_by(auditor)
    assert (told_to_auditor.allowed, told_to_auditor.right) == (None, "")
    rules = [one for one in told_to_auditor.rules if one.withheld]
    assert [(one.condition, one.held) for one in rules] == [(None, None)]
    assert asked_by(sales).allowed is True
