"""Releases: whatever a definition tells a role beyond its own rows and cells is in the list, with its line."""

from __future__ import annotations

from dataclasses import replace

import pytest
from runtime.builders import PLACE, entity, field, grant, label, metric, model, relation, rule
from runtime.formulas import formula

from engine.model.access import Action, FieldRight
from engine.model.app import AppModel
from engine.model.entities import Check, Entity, FieldKind, NumberPattern, Proposal, UniqueRule
from engine.model.flows import Flow
from engine.model.metrics import Aggregation
from engine.runtime.access.releases import releases

CUSTOMER = entity("customer", field("name"), field("owner", FieldKind.USER), field("limit", FieldKind.MONEY))
DEAL = entity(
    "deal",
    field("name"),
    relation("customer", "customer", inverse="deals"),
    field("cost", FieldKind.MONEY),
    field("owner", FieldKind.USER),
)
BOTH = (CUSTOMER, DEAL)
READ = {Action.READ}


def stage(deal: Entity, customer: Entity = CUSTOMER, **settings: object) -> AppModel:
    """Sales see their own rows and never a cost; auditors see everything."""
    grants = [
        grant(one.name, "sales", formula("owner = user.id", one.name, customer, deal)) for one in (customer, deal)
    ]
    grants += [grant(one.name, "auditor", None, READ) for one in (customer, deal)]
    rules = [rule("deal", "cost", "auditor", FieldRight.READ)]
    return model(customer, deal, grants=grants, rules=rules, **settings)  # type: ignore[arg-type]


def listed(of: AppModel) -> dict[tuple[str, str], tuple[tuple[str, ...], tuple[str, ...]]]:
    return {(str(one.kind), one.name): (one.roles, one.reads) for one in releases(of)}


def computed(of: Entity, name: str, written: str, customer: Entity = CUSTOMER) -> Entity:
    made = field(name, FieldKind.MONEY, formula=formula(written, of.name, customer, DEAL))
    return replace(of, fields={**of.fields, name: made})


def test_nothing_is_released_where_nothing_is_said() -> None:
    plain = replace(DEAL, fields={name: one for name, one in DEAL.fields.items() if name != "customer"})
    assert listed(stage(plain)) == {}


def test_a_metric_with_roles() -> None:
    found = stage(DEAL, metrics=[metric("deals", "deal", Aggregation.COUNT, roles=frozenset({"guest"}))])
    assert listed(found)["metric", "deals"] == (("guest",), ())


@pytest.mark.parametrize(
    ("written", "reads"),
    [("round(cost * 2, 2)", ("cost",)), ("customer.limit", ("customer.limit",)), ("1.00", None)],
)
def test_a_computed_field_that_reads_a_cell_which_its_reader_may_not(written: str, reads: tuple[str, ...]) -> None:
    found = listed(stage(computed(DEAL, "shown", written)))
    assert found.get(("computed", "deal.shown")) == ((("sales",), reads) if reads else None)


def test_a_computed_field_over_rows_that_its_reader_may_not_see() -> None:
    inverse = model(*BOTH).entities["customer"]
    found = listed(stage(DEAL, computed(inverse, "total", "sum(deals.cost)", inverse)))
    assert found["computed", "customer.total"] == (("sales",), ("deals.cost",))


def test_an_owning_unit_that_comes_from_another_row() -> None:
    customer = replace(CUSTOMER, fields={**CUSTOMER.fields, "unit": field("unit", FieldKind.UNIT)})
    found = listed(stage(replace(DEAL, owned_by=("customer", "unit")), customer))
    assert found["owner", "deal.scope_unit"] == (("sales",), ("customer.unit",))


def test_a_check_whose_outcome_tells_of_a_cell() -> None:
    check = Check("cheap", formula("cost < 100", "deal", *BOTH), label("cheap"), ("name",), PLACE)
    assert listed(stage(replace(DEAL, checks=(check,))))["check", "deal.cheap"] == (("sales",), ("cost",))


def test_numbers_unique_values_and_relations_that_refuse_tell_of_rows() -> None:
    code = field("code", FieldKind.NUMBER_CODE, number=NumberPattern("{seq:4}"))
    unique = UniqueRule("one", ("name",), True, label("one"), PLACE)
    loose = UniqueRule("loose", ("cost",), False, label("loose"), PLACE)
    found = listed(stage(replace(DEAL, fields={**DEAL.fields, "code": code}, uniques=(unique, loose))))
    assert found["number", "deal.code"] == (("sales",), ())
    assert found["unique", "deal.name"] == (("sales",), ("name",))
    assert ("unique", "deal.cost") not in found
    assert found["reference", "deal.customer"] == (("sales",), ())


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("secret_on", (("guest", "sales"), ("secret_on",))),
        ("due_on", (("guest",), ("due_on",))),
        ("customer.due_on", (("guest", "sales"), ("customer.due_on",))),
    ],
)
def test_the_order_of_a_flow_tells_whoever_it_asks(written: str, told: tuple[tuple[str, ...], tuple[str, ...]]) -> None:
    """Where something stands in an inbox depends on the order; anybody can be asked, with no right to read at all."""
    dates = {"due_on": field("due_on", FieldKind.DATE), "secret_on": field("secret_on", FieldKind.DATE)}
    deal = replace(DEAL, fields={**DEAL.fields, **dates})
    customer = replace(CUSTOMER, fields={**CUSTOMER.fields, "due_on": dates["due_on"]})
    rules = [rule("deal", "secret_on", "auditor", FieldRight.READ)]
    grants = [grant("deal", "sales", formula("owner = user.id", "deal", deal, customer))]
    grants += [grant(name, "auditor", None, READ) for name in ("deal", "customer")]
    seen = model(deal, customer, grants=[*grants, grant("customer", "guest", None, READ)], rules=rules)
    order = formula(written, "deal", deal, customer)
    flow = Flow("check", label("check"), PLACE, "test", "deal", (), (), order=order)
    roles, reads = listed(replace(seen, flows={"check": flow}))["order", "check"]
    assert (tuple(sorted(roles)), reads) == told
    assert ("order", "check") not in listed(replace(seen, flows={"check": replace(flow, order=None)}))


def test_a_row_proposed_by_words_tells_of_the_sentences_it_was_learnt_from() -> None:
    """Told to whoever writes and reads not every sentence; an auditor reads them all, and writes none."""
    proposed = replace(DEAL.fields["customer"], proposed=Proposal("name", ("auditor",)))
    found = listed(stage(replace(DEAL, fields={**DEAL.fields, "customer": proposed})))
    assert found["proposed", "deal.customer"] == (("sales",), ("customer", "name"))
    writer = grant("deal", "auditor", None, {Action.READ, Action.CREATE})
    everything = model(
        CUSTOMER,
        replace(DEAL, fields={**DEAL.fields, "customer": proposed}),
        grants=[grant("customer", "auditor", None, READ), writer],
    )
    assert ("proposed", "deal.customer") not in listed(everything)
