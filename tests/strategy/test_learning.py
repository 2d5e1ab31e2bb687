"""The trainer: what it makes of good rows, and what it says of bad ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest
from strategy.lessons import ROLES, SETTINGS, changed, scorer, table, trained, usual

from engine.model.feature_tables import FeatureTable
from engine.model.trained import Calibration, Learner, TrainingSettings
from engine.runtime.modeling.card_words import badge_words, card_words
from engine.runtime.modeling.row_tables import ColumnRoles
from engine.runtime.modeling.schooling import NotAsTrained, check_parity
from packs.strategy.training.refusals import NotTrainable
from tests.receivables import HEADER, receivables

pytestmark = pytest.mark.one_database
Rows = list[list[object]]


def test_the_same_rows_give_the_same_bytes() -> None:
    of, model = usual()
    assert trained(of) == model
    few = receivables(500, 1)
    one, other = trained(table(few)), trained(table(few[::-1]))
    assert (one.content, one.card) == (other.content, other.card)
    changed_cell = trained(table(changed(few, "amount", lambda row: float(str(row[3])) + (row[0] == 9))))
    assert changed_cell.card["data_sha256"] != one.card["data_sha256"]
    assert trained(table(receivables(500, 2))).content != one.content  # the control


def test_trees_with_chinese_words_gaps_and_words_never_seen_answer_as_the_trainer_within_a_billionth() -> None:
    of, _ = usual()
    for settings in (
        replace(SETTINGS, learner=Learner.TREES),
        replace(SETTINGS, learner=Learner.TREES, calibrate=Calibration.ISOTONIC),
        replace(SETTINGS, learner=Learner.LOGISTIC, calibrate=Calibration.PLATT),
    ):
        model = trained(of, settings)
        parity = model.card["parity"]
        assert isinstance(parity, dict)
        assert parity["rows"] >= 10_000
        assert parity["missing_cells"] > 1_000
        assert parity["unknown_words"] > 1_000
        assert parity["largest_difference"] <= 1e-9
        check_parity(model.content, model.card, model.answers)


def test_a_file_that_answers_otherwise_than_its_trainer_is_not_deployed() -> None:
    of, model = usual()
    other = trained(of, replace(SETTINGS, learner=Learner.TREES, trees=5))
    with pytest.raises(NotAsTrained):
        check_parity(other.content, model.card, model.answers)


def test_numbers_are_foretold_with_an_interval_that_holds_by_group() -> None:
    rows = [
        [*row[:-1], float(str(row[5])) + float(str(row[4] or 0.3)) * 40 + hash_noise(row)]
        for row in receivables(3_000, 3)
    ]
    model = trained(table(rows), replace(SETTINGS, task="number", heuristic=None, learner=Learner.TREES))
    interval, parity = model.card["interval"], model.card["parity"]
    assert isinstance(interval, dict)
    assert isinstance(parity, dict)
    assert 0.86 <= interval["coverage"] <= 0.95
    assert len(interval["by_group"]) == 5
    assert parity["met"] is True
    check_parity(model.content, model.card, model.answers)


def hash_noise(row: list[object]) -> float:
    """A number from -5 to 5 that the columns do not tell."""
    return (int(str(row[0])) * 7919 % 1000) / 100 - 5


def test_three_hundred_rows_are_never_said_to_be_within_one_point_eight() -> None:
    for seed in (1, 2, 3):
        model = trained(table(receivables(300, seed)))
        badge = model.card["badge"]
        assert isinstance(badge, dict)
        assert badge["claim"] is False
        words = badge_words(badge)
        assert "1.8" not in words.zh + words.en
        assert "样本不足,只作排序参考" in words.zh
    claimed = badge_words({**badge, "claim": True, "provable": True})  # the control: the words exist
    assert "<±1.8%" in claimed.zh


def test_a_rare_answer_weighed_up_is_calibrated_back_or_refused() -> None:
    of, _ = usual()
    with pytest.raises(NotTrainable) as refused:
        trained(of, replace(SETTINGS, reweigh=True, calibrate=Calibration.NONE))
    assert refused.value.code == "weights_need_calibration"
    model = trained(of, replace(SETTINGS, reweigh=True))
    badge, calibration = model.card["badge"], model.card["calibration"]
    assert isinstance(badge, dict)
    assert isinstance(calibration, dict)
    assert calibration["method"] != "none"
    assert badge["ece_pp"] <= badge["perfect_p95_pp"] + 1.8


def test_a_rising_column_never_lowers_the_answer_even_where_the_rows_do() -> None:
    rows = changed(
        receivables(2_000, 7), "late", lambda row: int(float(str(row[4] or 0)) < 0.15 or int(str(row[0])) % 4 == 0)
    )

    def said(roles: ColumnRoles) -> list[float]:
        of = table(rows, roles=roles)
        loaded = scorer(trained(of, replace(SETTINGS, learner=Learner.TREES)))
        at = [one.name for one in loaded.columns].index("past_late")
        line = list(loaded.lines(of)[0])
        steps = [[*line[:at], step / 100, *line[at + 1 :]] for step in range(100)]
        found: list[float] = loaded.graph.run(*loaded.arrays(steps))[:, 1].tolist()
        return found

    assert all(low <= high + 1e-12 for low, high in pairwise(said(ROLES)))
    assert any(low > high + 0.1 for low, high in pairwise(said(replace(ROLES, monotone=()))))  # the control


def test_the_card_says_in_both_languages_what_it_beats_where_it_holds_and_what_it_came_from() -> None:
    model = usual()[1]
    assert [one["name"] for one in model.card["baselines"]] == ["naive", "own_rate", "heuristic", "regression"]
    sections = card_words(model.card)
    assert [one.title.en for one in sections][:3] == ["In short", "Rows", "What was said and what happened"]
    texts = [line for one in sections for line in one.lines]
    assert all(one.zh and one.en for one in texts)
    assert any("华东" in one.zh for one in texts)
    assert any(str(model.card["data_sha256"]) in one.en for one in texts)


def _rows(change: Callable[[Rows], Rows]) -> FeatureTable:
    return table(change(receivables(1_000, 4)))


def _not_later() -> FeatureTable:
    of = table(receivables(1_000, 4))
    return replace(of, held_out=tuple(reversed(of.held_out)))


BAD: dict[str, tuple[Callable[[], FeatureTable], str]] = {
    "one_class": (lambda: _rows(lambda rows: changed(rows, "late", lambda row: 0)), "happened in none"),
    "duplicated_keys": (
        lambda: _rows(
            lambda rows: changed(changed(rows, "id", lambda row: 7), "issued_on", lambda row: str(row[1])[:7] + "-01")
        ),
        "check it",
    ),
    "leaked_label": (lambda: _rows(lambda rows: changed(rows, "trade", lambda row: f"结果{row[-1]}")), "trade"),
    "infinite_values": (lambda: _rows(lambda rows: changed(rows, "amount", lambda row: "inf")), "amount"),
    "too_few_rows": (lambda: table(receivables(10, 4)), "wait"),
    "target_not_an_event": (lambda: _rows(lambda rows: changed(rows, "late", lambda row: 2)), "say number"),
    "too_few_events": (
        lambda: _rows(lambda rows: changed(rows, "late", lambda row: int(int(str(row[0])) % 200 == 0))),
        "longer",
    ),
    "held_out_not_later": (_not_later, "Split by time"),
    "nothing_to_learn_from": (
        lambda: table(
            [[*row[:2], 1, 1, 1, 1, "甲", "甲", row[-1]] for row in receivables(1_000, 4)],
            roles=replace(ROLES, unit="", categories=()),
        ),
        "more",
    ),
}


@pytest.mark.parametrize("code", BAD)
def test_rows_that_nothing_honest_can_be_learnt_from_are_refused_with_what_to_do(code: str) -> None:
    made, said = BAD[code]
    with pytest.raises(NotTrainable) as refused:
        trained(made())
    assert refused.value.code == code
    assert said in refused.value.message.en
    assert refused.value.message.zh != refused.value.message.en


def test_a_number_that_is_filled_in_afterwards_is_named() -> None:
    rows = changed(receivables(1_000, 4), "amount", lambda row: float(str(row[-1])) * 30 + hash_noise(row))
    with pytest.raises(NotTrainable, match="amount"):
        trained(table(rows))
    missing = changed(receivables(1_000, 4), "amount", lambda row: "" if row[-1] else row[3])
    with pytest.raises(NotTrainable, match="amount"):
        trained(table(missing))


def test_columns_that_say_nothing_are_left_out_and_said_to_be() -> None:
    rows = [[*row, "", 1, f"客户{row[0]}"] for row in receivables(1_000, 4)]
    header = (*HEADER, "empty", "same", "customer")
    model = trained(table(rows, header), TrainingSettings())
    assert [(one["code"], one["column"]) for one in model.card["remarks"]] == [
        ("all_missing", "empty"),
        ("constant", "same"),
        ("all_rare", "customer"),
    ]
    assert "客户17".encode() not in model.content
    assert "customer" not in str(model.card["columns"])


def test_whether_a_word_is_missing_may_be_all_that_a_split_asks() -> None:
    """A split none of whose words go the first way, for missing cells do alone."""
    rows = receivables(2_000, 6)
    silent = changed(rows, "trade", lambda row: "" if int(str(row[-1])) and int(str(row[0])) % 3 else row[7])
    model = trained(table(silent), replace(SETTINGS, learner=Learner.TREES))
    check_parity(model.content, model.card, model.answers)
