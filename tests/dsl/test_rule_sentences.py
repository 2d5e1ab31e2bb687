"""Rules in words: stock forms, restatements that are read back, the hold-out of somebody who had not read the grammar."""

from __future__ import annotations

import os
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest

from engine.dsl.compiler import compile_packs
from engine.dsl.rule_words.doubts import Question, Unknown
from engine.dsl.rule_words.forms import stock_forms
from engine.dsl.rule_words.formulas import condition_text
from engine.dsl.rule_words.judging import told_of
from engine.dsl.rule_words.meaning import (
    Action,
    Amount,
    Blank,
    Branch,
    Cell,
    Compare,
    Condition,
    Every,
    Limit,
    Notify,
    OneOf,
    Person,
    Refuse,
    Require,
    Start,
    Task,
    TypedRule,
    Warn,
)
from engine.dsl.rule_words.reading import read_sentence
from engine.dsl.rule_words.sameness import form_of
from engine.dsl.rule_words.saying import restated
from engine.dsl.rule_words.vocabulary import Vocabulary, vocabulary_of
from engine.installation.served import SHIPPED, WIDGETS
from engine.model.app import AppModel
from engine.runtime.nodes.registry import node_specs
from engine.runtime.search.initials import initials_of
from engine.runtime.sources.registry import connector_specs
from engine.widgets.registry import read_widgets
from tests.dsl.rule_cases import FOLDER, cases_of, failure_of

LEAST_FORMS = 200
ALL = bool(os.environ.get("DOUGONG_ALL_FORMS"))
"""Every form and every sentence of the hold-out is read; without it a part of them, for they take half a minute."""
HELD_OUT = 0.59
"""Share of the hold-out that is read as its author means it, after mending; before any mending it was 54 of 131 (41.2 %)."""


@pytest.fixture(scope="module")
def model() -> AppModel:
    folders = [Path(SHIPPED) / name for name in ("organisation", "b2b_sales", "store_sales")]
    compilation = compile_packs(folders, read_widgets(WIDGETS), node_specs(), connector_specs())
    assert compilation.model is not None
    return compilation.model


@pytest.fixture(scope="module")
def vocabularies(model: AppModel) -> Mapping[str, Vocabulary]:
    return {pack: vocabulary_of(model, pack, initials_of) for pack in ("b2b_sales", "store_sales")}


def test_what_is_as_likely_stands_in_the_order_of_the_model(
    model: AppModel, vocabularies: Mapping[str, Vocabulary]
) -> None:
    """A sentence is read alike in every process, whatever order its sets have there."""
    order = list(model.entities)
    for one in vocabularies.values():
        for word, meanings in one.words.items():
            named = list(
                dict.fromkeys(order.index(m.entity) for m in meanings if m.sort in {"entity", "field", "option"})
            )
            assert named == sorted(named), word


def test_every_stock_form_means_what_its_page_says_and_its_restatement_is_read_back(
    model: AppModel, vocabularies: Mapping[str, Vocabulary]
) -> None:
    forms = list(stock_forms())
    assert len(forms) >= LEAST_FORMS
    wrong, lost = [], []
    for at, one in enumerate(forms[:: 1 if ALL else 9]):
        rule = read_sentence(one.sentence, vocabularies[one.pack]).rule
        when = rule.branches[0].when
        language = "en" if one.sentence.isascii() else "zh"
        found = (rule.entity, condition_text(when) if when else "-", restated(rule, model, language))
        if found != (one.entity, one.condition, one.restatement):
            wrong.append((one.sentence, found))
        if (
            at % 4 == 0
            and language == "zh"
            and read_sentence(restated(rule, model, "zh"), vocabularies[one.pack]).rule != rule
        ):
            lost.append((one.sentence, restated(rule, model, "zh")))
    assert not wrong
    assert len(lost) <= 1, lost


def test_the_hold_out_is_read_as_its_author_means_it_as_far_as_is_promised(
    vocabularies: Mapping[str, Vocabulary],
) -> None:
    cases = [case for file in sorted((FOLDER / "holdout").glob("*.txt")) for case in cases_of(file)]
    assert len(cases) == 131
    looked = cases if ALL else cases[::6]
    failed = [case.say for case in looked if failure_of(case, vocabularies)]
    assert 1 - len(failed) / len(looked) >= (HELD_OUT if ALL else 0.5), failed


def test_what_is_ambiguous_is_asked_about_and_never_guessed(vocabularies: Mapping[str, Vocabulary]) -> None:
    with pytest.raises(Question) as whose:
        read_sentence("金额超过 100 万要审批", vocabularies["b2b_sales"])
    assert whose.value.about == "entity" and {"quote", "contract"} <= {one.name for one in whose.value.choices}
    with pytest.raises(Question) as side:
        read_sentence("折扣超过八折的报价由财务审批", vocabularies["b2b_sales"])
    assert side.value.about == "boundary" and len(side.value.choices) == 2
    with pytest.raises(Question) as who:
        read_sentence("折扣超过 20% 的报价要审批", vocabularies["b2b_sales"])
    assert who.value.about == "role" and "finance" in {one.name for one in who.value.choices}


def test_an_unknown_word_suggests_the_nearest_names(vocabularies: Mapping[str, Vocabulary]) -> None:
    with pytest.raises(Unknown) as unknown:
        read_sentence("毛利绿低于 10% 的报价要提醒", vocabularies["b2b_sales"])
    assert "margin_rate" in {one.name for one in unknown.value.nearest}


def test_a_rule_that_never_speaks_or_contradicts_another_one_is_told(
    model: AppModel, vocabularies: Mapping[str, Vocabulary]
) -> None:
    never = read_sentence("赢率大于 80% 且赢率低于 20% 的商机提醒负责人", vocabularies["b2b_sales"]).rule
    assert "永远不会生效" in told_of(never, model)[0].zh
    beyond = read_sentence("赢率超过 120% 的商机提醒负责人", vocabularies["b2b_sales"]).rule
    assert "永远不会生效" in told_of(beyond, model)[0].zh
    same = read_sentence("产品生命周期是已停售的报价行拒绝保存", vocabularies["b2b_sales"]).rule
    assert "条件相同" in told_of(same, model)[0].zh


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("discount > 0.2 and total < 5", "5 > total and discount > 20%"),
        ('not (stage in ["won", "lost"])', 'stage <> "lost" and stage <> "won"'),
        ("days_between(due_on, today()) > 30", "due_on < add_days(today(), -30)"),
        ("any(lines.over_floor)", "count_if(lines, lines.over_floor) >= 1"),
    ],
)
def test_conditions_are_compared_by_meaning(one: str, other: str) -> None:
    assert form_of(one) == form_of(other)
    assert form_of(one) != form_of("discount > 0.3")


def _share(chance: Random) -> Amount:
    return Amount(Decimal(chance.randint(1, 99)) / 100, "percent")


def _conditions(chance: Random) -> list[Condition]:
    days = Amount(Decimal(chance.randint(1, 180)))
    made: list[Condition] = [
        Compare(Cell(("discount",)), chance.choice([">", ">=", "<", "<="]), _share(chance)),
        Compare(Cell(("payment_days",)), chance.choice([">", "<="]), days),
        OneOf(("customer", "segment"), chance.choice([("strategic",), ("long_tail", "trial")]), chance.random() < 0.5),
        Blank(("reason",), chance.random() < 0.5),
    ]
    return chance.sample(made, chance.randint(1, 2))


def _action(chance: Random) -> Action:
    whom = [
        Person("head"),
        Person("role", role="finance"),
        Person("member", path=("owner",)),
        Person("manager", path=("owner",)),
    ]
    made: list[Action] = [
        Warn("请核对"),
        Refuse(),
        Require(("contact",)),
        Limit(("prepayment",), least=_share(chance)),
        Notify((chance.choice(whom),)),
        Task((chance.choice(whom),), "核对", chance.choice(["", "3d"])),
    ]
    return chance.choice(made)


def test_random_typed_rules_are_said_in_words_that_are_read_as_the_same_rules(
    model: AppModel, vocabularies: Mapping[str, Vocabulary]
) -> None:
    chance, lost = Random(7), []
    for _ in range(300 if ALL else 15):
        when = _conditions(chance)
        branch = Branch(when[0] if len(when) == 1 else Every(tuple(when)), (_action(chance),))
        rule = TypedRule("quote", Start(), (branch,))
        said = restated(rule, model, "zh")
        if read_sentence(said, vocabularies["b2b_sales"]).rule != rule:
            lost.append((said, rule))
    assert not lost
