"""Effect tables: the columns of a table as an effect reads them: treatment, outcome, covariates, clusters, cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy
from numpy.typing import NDArray

from engine.model.feature_tables import FeatureColumn, FeatureTable
from engine.model.trained import EffectQuestion
from packs.strategy.training.matrix import Encoding, Floats, floats, words_of
from packs.strategy.training.refusals import listed, refuse

Numbers = NDArray[numpy.int64]
FEWEST_ROWS = 200
FEWEST_OF_EACH = 30
FEWEST_CLUSTERS = 20
Cells = Sequence[float | str | None]


@dataclass(frozen=True, slots=True)
class EffectTable:
    """A checked table: (lines, covariates) beside the treatment, the outcome, and the number of each line's cluster."""

    table: FeatureTable
    question: EffectQuestion
    matrix: Floats
    encoding: Encoding
    treatment: Floats
    outcome: Floats
    clusters: Numbers

    def column(self, name: str) -> Cells:
        return cells_of(self.table, name)


def cells_of(table: FeatureTable, name: str) -> Cells:
    """The cells of a column. Raises NotTrainable for a name that the table has not."""
    for column, cells in zip(table.columns, table.values, strict=True):
        if column.name == name:
            return cells
    names = listed([one.name for one in table.columns], 12)
    raise refuse("no_such_column", f"没有列 {name},现有:{names}", f"There is no column {name}; there are {names}")


def effect_table(table: FeatureTable, question: EffectQuestion) -> EffectTable:
    """The table of a question; lines without a treatment are left out. Raises NotTrainable with what to do."""
    if table.target is None:
        raise refuse("no_target", "没有结果可对照。请加上 label 节点", "There is no outcome. Add a label node")
    named = [question.treatment, *question.by, *filter(None, (question.cluster, question.reason))]
    for name in named:
        cells_of(table, name)
    outcome = numpy.array(table.target, dtype=numpy.float64)
    if not numpy.isin(outcome, (0.0, 1.0)).all():
        raise refuse("target_not_an_event", "结果应为 0 或 1", "The outcome is 0 or 1")
    treatment = _treatment(table, question.treatment)
    _check_size(treatment, outcome)
    encoding = _covariates(table, question)
    clusters = _clusters(table, question.cluster)
    if len(numpy.unique(clusters)) < FEWEST_CLUSTERS:
        raise refuse(
            "too_few_clusters",
            f"{question.cluster} 只有 {len(numpy.unique(clusters))} 个不同值,至少需要 {FEWEST_CLUSTERS} 个",
            f"{question.cluster} has {len(numpy.unique(clusters))} values, at least {FEWEST_CLUSTERS} are needed",
        )
    return EffectTable(table, question, encoding.encode(table), encoding, treatment, outcome, clusters)


def _treatment(table: FeatureTable, name: str) -> Floats:
    cells = cells_of(table, name)
    if any(isinstance(cell, str) for cell in cells):
        raise refuse("treatment_not_a_number", f"列 {name} 应为数", f"Column {name} must be a number")
    found = floats(cells)
    if not numpy.isfinite(found).all():
        gone = int((~numpy.isfinite(found)).sum())
        raise refuse(
            "treatment_missing",
            f"列 {name} 有 {gone} 行为空或无穷大。请先过滤",
            f"Column {name} is empty or infinite in {gone} rows: filter them first",
        )
    if float(found.min()) == float(found.max()):
        raise refuse(
            "treatment_constant",
            f"列 {name} 只有一个值,看不出它的作用",
            f"Column {name} holds one value: nothing can be told of it",
        )
    return found


def _check_size(treatment: Floats, outcome: Floats) -> None:
    rows, events = len(treatment), int(outcome.sum())
    rarer = min(events, rows - events)
    if rows < FEWEST_ROWS or rarer < FEWEST_OF_EACH:
        raise refuse(
            "too_few_rows",
            f"不足以判断:共 {rows} 行,较少的结果 {rarer} 行;至少需要 {FEWEST_ROWS} 行,每种结果 {FEWEST_OF_EACH} 行",
            f"Too few to judge: {rows} rows, {rarer} of the rarer outcome; "
            f"at least {FEWEST_ROWS} rows and {FEWEST_OF_EACH} of each outcome are needed",
        )


def _covariates(table: FeatureTable, question: EffectQuestion) -> Encoding:
    """All columns but the treatment and the cluster; what is empty or holds one value says nothing."""
    categories, numbers = [], []
    for column, cells in zip(table.columns, table.values, strict=True):
        if column.name in {question.treatment, question.cluster} or len(set(cells)) == 1:
            continue
        if column.kind == "number":
            numbers.append(_free(column))
        elif (read := words_of(column, cells)).words:
            categories.append(read)
    if not categories and not numbers:
        raise refuse(
            "nothing_to_compare_by",
            "没有可以对照的列:除折扣外还需要客户、产品、条款等",
            "There is no column to compare by: beside the treatment it takes customer, product, terms",
        )
    return Encoding(tuple(categories), tuple(numbers))


def _free(column: FeatureColumn) -> FeatureColumn:
    """Nothing is presumed of how a covariate works."""
    return FeatureColumn(column.name, column.label, column.kind, column.group, column.level)


def _clusters(table: FeatureTable, name: str) -> Numbers:
    """Without a cluster each row is its own; a row without a value, too."""
    if not name:
        return numpy.arange(len(table.keys))
    cells = cells_of(table, name)
    known = {cell: at for at, cell in enumerate(dict.fromkeys(cells))}
    return numpy.array([known[cell] if cell is not None else len(known) + at for at, cell in enumerate(cells)])
