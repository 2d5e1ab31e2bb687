"""Checks: what a table must be to learn from, and which of its columns say anything."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import isnan

import numpy

from engine.diagnostics import Message
from engine.model.feature_tables import FeatureColumn, FeatureTable
from engine.model.trained import Calibration, TrainingSettings
from packs.strategy.training.matrix import Encoding, Flags, Floats, floats, lines_of, words_of
from packs.strategy.training.measures import area_under_curve
from packs.strategy.training.refusals import listed, refuse

FEWEST_LINES = 100
FEWEST_EVENTS = 10
FEWEST_HELD_OUT = 20
MOST_COLUMNS = 400
LEAK = 0.999
"""A single column that orders the answers this well was filled in after them."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something about a table that its reader should know and that does not keep a model from being made."""

    code: str
    column: str
    words: Message


@dataclass(frozen=True, slots=True)
class Lesson:
    """A checked table: its lines in time order, which are held out, what they came to, and how its columns are read."""

    table: FeatureTable
    held_out: Flags
    target: Floats
    encoding: Encoding
    remarks: tuple[Remark, ...]


def lesson_of(table: FeatureTable, settings: TrainingSettings) -> Lesson:
    """The lesson of a table whose lines are in time order. Raises NotTrainable with what to do."""
    _check_order(settings)
    _check_shape(table)
    _check_keys(table)
    target, held_out = _checked_target(table, settings), numpy.array(table.held_out, dtype=numpy.bool_)
    _check_lines(table, target, held_out, settings)
    _check_infinities(table)
    encoding, remarks = _read_columns(table, held_out)
    _check_leaks(table, encoding, target, settings)
    if not encoding.columns:
        raise refuse(
            "nothing_to_learn_from",
            "没有一列可用:各列要么全空,要么只有一个值。请换用或增加特征",
            "No column is of use: each is empty or holds one value. Choose other features, or more",
        )
    return Lesson(table, held_out, target, encoding, remarks)


def _check_order(settings: TrainingSettings) -> None:
    if settings.reweigh and settings.calibrate is Calibration.NONE:
        raise refuse(
            "weights_need_calibration",
            "加权少数类会让概率失真,因此不能同时关闭校准。请把 calibrate 设为 auto",
            "Weighing the rare answer up bends the probabilities, so it is never left uncalibrated. Set calibrate to auto",
        )
    if not 0.5 <= settings.interval <= 0.99 or not 1 <= settings.trees <= 1000:
        raise refuse(
            "settings_out_of_range",
            "interval 应在 0.5 到 0.99 之间,trees 应在 1 到 1000 之间",
            "interval is from 0.5 to 0.99, trees from 1 to 1000",
        )


def _check_shape(table: FeatureTable) -> None:
    names = [column.name for column in table.columns]
    twice = sorted(name for name, times in Counter(names).items() if times > 1)
    if twice:
        raise refuse("column_twice", f"列重名:{listed(twice)}", f"Columns of one name: {listed(twice)}")
    if len(names) > MOST_COLUMNS:
        raise refuse(
            "too_many_columns",
            f"共 {len(names)} 列,最多 {MOST_COLUMNS} 列。请去掉不需要的特征",
            f"{len(names)} columns, at most {MOST_COLUMNS}. Leave out features that are not needed",
        )
    lengths = {len(table.keys), len(table.at), len(table.units), len(table.held_out), *map(len, table.values)}
    if len(lengths) != 1 or len(table.values) != len(names):
        raise refuse("uneven_table", "各列行数不一致", "The columns have different numbers of lines")


def _check_keys(table: FeatureTable) -> None:
    counted = Counter(zip(table.keys, table.at, strict=True))
    twice = sorted({str(key) for (key, _), times in counted.items() if times > 1})
    if twice:
        raise refuse(
            "duplicated_keys",
            f"同一行在同一时点出现多次(编号 {listed(twice)}),共 {len(twice)} 个编号。多半是连接放大了行数,请检查 join",
            f"Rows occur several times at one moment (ids {listed(twice)}), {len(twice)} ids in all. "
            "A join has probably multiplied rows: check it",
        )


def _checked_target(table: FeatureTable, settings: TrainingSettings) -> Floats:
    if table.target is None or len(table.target) != len(table.keys):
        raise refuse(
            "no_target", "没有标签,无从学起。请加上 label 节点", "There is no label to learn. Add a label node"
        )
    target = numpy.array(table.target, dtype=numpy.float64)
    if not numpy.isfinite(target).all():
        raise refuse(
            "target_not_finite",
            f"标签里有 {int((~numpy.isfinite(target)).sum())} 个空值或无穷大,请先过滤",
            f"{int((~numpy.isfinite(target)).sum())} labels are empty or infinite: filter them first",
        )
    if settings.task == "event" and not numpy.isin(target, (0.0, 1.0)).all():
        raise refuse(
            "target_not_an_event",
            "标签应为 0 或 1。预测数值时请用 number",
            "The label is 0 or 1. To predict a number, say number",
        )
    return target


def _check_lines(table: FeatureTable, target: Floats, held_out: Flags, settings: TrainingSettings) -> None:
    learnt, kept = int((~held_out).sum()), int(held_out.sum())
    if learnt < FEWEST_LINES:
        raise refuse(
            "too_few_rows",
            f"只有 {learnt} 行可学,至少需要 {FEWEST_LINES} 行。请扩大时间范围,或再等一段时间",
            f"{learnt} rows to learn from, at least {FEWEST_LINES} are needed. Take a longer time span, or wait",
        )
    if kept < FEWEST_HELD_OUT:
        raise refuse(
            "too_few_held_out",
            f"留出检验的只有 {kept} 行,至少需要 {FEWEST_HELD_OUT} 行。请增大 holdout",
            f"{kept} rows are held out, at least {FEWEST_HELD_OUT} are needed. Make holdout larger",
        )
    newest = max(at for at, out in zip(table.at, table.held_out, strict=True) if not out)
    oldest = min(at for at, out in zip(table.at, table.held_out, strict=True) if out)
    if oldest < newest:
        raise refuse(
            "held_out_not_later",
            "留出的行不在其余行之后,检验不算数。请按时间切分",
            "The rows held out are not later than the others, so they prove nothing. Split by time",
        )
    _check_answers(target[~held_out], settings)


def _check_answers(target: Floats, settings: TrainingSettings) -> None:
    if settings.task == "number":
        if float(target.min()) == float(target.max()):
            raise refuse("one_answer", "标签只有一个值,无从学起", "All labels are the same: there is nothing to learn")
        return
    events = int(target.sum())
    rarer = min(events, len(target) - events)
    if rarer == 0:
        zh, en = ("都发生了", "happened in all") if events else ("都没有发生", "happened in none")
        raise refuse(
            "one_class",
            f"可学的行里事件{zh},无从学起。请检查 label 的条件",
            f"The event {en} of the rows to learn from: check the condition of the label",
        )
    if rarer < FEWEST_EVENTS:
        raise refuse(
            "too_few_events",
            f"较少的一类只有 {rarer} 行,至少需要 {FEWEST_EVENTS} 行。请扩大时间范围",
            f"The rarer answer has {rarer} rows, at least {FEWEST_EVENTS} are needed. Take a longer time span",
        )


def _check_infinities(table: FeatureTable) -> None:
    for column, cells in zip(table.columns, table.values, strict=True):
        if column.kind == "number" and (found := int(numpy.isinf(floats(cells)).sum())):
            raise refuse(
                "infinite_values",
                f"列 {column.name} 有 {found} 个无穷大,多半是除以了零。请在公式里先判断",
                f"Column {column.name} has {found} infinite values, probably of a division by zero: guard the formula",
            )


def _read_columns(table: FeatureTable, held_out: Flags) -> tuple[Encoding, tuple[Remark, ...]]:
    """How columns are read, and remarks on those that are left out because they say nothing."""
    learnt = lines_of(table, ~held_out)
    categories, numbers, remarks = [], [], []
    for column, cells in zip(learnt.columns, learnt.values, strict=True):
        if all(cell in (None, "") or (isinstance(cell, float) and isnan(cell)) for cell in cells):
            remarks.append(_left_out("all_missing", column, "全为空", "is empty in all rows"))
        elif len(set(cells)) == 1:
            remarks.append(_left_out("constant", column, "只有一个值", "holds one value"))
        elif column.kind == "number":
            numbers.append(column)
        elif (read := words_of(column, cells)).words:
            categories.append(read)
        else:
            remarks.append(_left_out("all_rare", column, "几乎每行一个值", "holds hardly any value twice"))
    return Encoding(tuple(categories), tuple(numbers)), tuple(remarks)


def _left_out(code: str, column: FeatureColumn, zh: str, en: str) -> Remark:
    words = Message(f"列 {column.name} 在可学的行里{zh},没有采用", f"Column {column.name} {en} to learn from: left out")
    return Remark(code, column.name, words)


def _check_leaks(table: FeatureTable, encoding: Encoding, target: Floats, settings: TrainingSettings) -> None:
    matrix = encoding.encode(table)
    leaking = [
        column.name
        for at, column in enumerate(encoding.columns)
        if _gives_away(matrix[:, at], target, column.kind == "category", settings.task == "event")
    ]
    if leaking:
        raise refuse(
            "leaked_label",
            f"列 {listed(leaking)} 几乎直接写着答案,多半是事后才填的。请去掉它,或给它正确的 known_at",
            f"Column {listed(leaking)} all but says the answer: it was probably filled in afterwards. "
            "Leave it out, or give it the right known_at",
        )


def _gives_away(cells: Floats, target: Floats, category: bool, event: bool) -> bool:
    """Whether one column alone orders the answers all but perfectly; whether a cell is missing may do so as well."""
    missing = numpy.isnan(cells)
    if category:
        ordered = _rate_by_value(numpy.where(missing, -1.0, cells), target)
        return _likeness(ordered, target, event) >= LEAK
    known = cells[~missing]
    filled = numpy.where(missing, known.min() - 1 if len(known) else 0.0, cells)
    both = (_likeness(filled, target, event), _likeness(missing.astype(numpy.float64), target, event))
    return max(abs(one) for one in both) >= LEAK


def _likeness(cells: Floats, target: Floats, event: bool) -> float:
    """From -1 to 1: how far one order is the other; of an event by its area under the curve, else by correlation."""
    if float(cells.min()) == float(cells.max()):
        return 0.0
    return 2 * area_under_curve(cells, target) - 1 if event else float(numpy.corrcoef(cells, target)[0, 1])


def _rate_by_value(cells: Floats, target: Floats) -> Floats:
    """For each line the mean answer of the other lines with the same value, so that a rare value does not explain itself."""
    _, at = numpy.unique(cells, return_inverse=True)
    sums, counts = numpy.bincount(at, weights=target), numpy.bincount(at)
    mean = float(target.mean())
    rates: Floats = (sums[at] - target + mean) / counts[at]
    return rates
