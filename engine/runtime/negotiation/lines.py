"""Lines: the features of a deal as its models take them, and the versions that answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.diagnostics import DougongError, Message
from engine.model.entities import FieldKind
from engine.model.feature_plans import Feature, FeaturePlan, Fold, Raw
from engine.model.formula import Reference
from engine.model.negotiations import Foretold
from engine.runtime.modeling.feature_reading import scoring_table
from engine.runtime.modeling.feature_rights import ColumnNotReadable
from engine.runtime.modeling.model_registry import Shelf
from engine.runtime.modeling.model_tables import champion_of, runs_of
from engine.runtime.modeling.schooling import trainable
from engine.runtime.modeling.scoring import Cell, ColumnsDiffer, Scorer
from engine.runtime.negotiation.deals import Deal
from engine.runtime.negotiation.packages import RowEvidence
from engine.runtime.negotiation.readings import Question, read_rows
from engine.runtime.negotiation.stakes import CellWords, ModelStake
from engine.runtime.query.names import TITLE
from engine.runtime.work import Work


@dataclass(frozen=True, slots=True)
class ModelLine:
    """A version with the line of a deal; without one `why` says what is missing."""

    stake: ModelStake | None = None
    scorer: Scorer | None = None
    why: Message | None = None


def _no_model(work: Work, declared: Foretold) -> Message:
    """What to do for a model that is not there: wait, install what trains, or train."""
    name, pipeline = declared.model, declared.pipeline
    if any(run.ended_at is None for run in runs_of(work.session, name, 1)):
        return Message(
            f"模型 {name} 正在训练，一两分钟后再看", f"The model {name} is being learnt: look again in a minute or two"
        )
    first = "" if trainable() else "pip install 'dougong[train]' && "
    command = f"{first}dougong model train {name} --pipeline {pipeline}"
    return Message(
        f"尚无模型 {name}：请用管道 {pipeline} 训练并上线（{command}），在那之前不显示概率",
        f"There is no model {name} yet: train it from the pipeline {pipeline} and deploy it ({command}); until then no "
        "probability is shown",
    )


def model_line(work: Work, shelf: Shelf, deal: Deal, declared: Foretold | None) -> ModelLine:
    """The version that answers of a deal, and its features with the rights of whoever asks."""
    if declared is None:
        return ModelLine()
    champion = champion_of(work.session, declared.model)
    plan = work.model.pipelines[declared.pipeline].plan
    if champion is None or plan is None:
        return ModelLine(why=_no_model(work, declared))
    row = _row(work, deal, declared, plan.rows.entity)
    if row is None:
        return ModelLine(
            why=Message(
                f"客户还没有应收记录，模型 {declared.model} 无从判断",
                f"The customer has no such rows yet: {declared.model} has nothing to go by",
            )
        )
    try:
        scorer = shelf.scorer(work.data_folder, champion)
        scoring = scoring_table(work, plan, (row.id,))
        lines = scorer.lines(scoring.table)
    except (ColumnsDiffer, ColumnNotReadable):
        return ModelLine(why=_not_readable(declared))
    except DougongError as error:
        return ModelLine(why=error.message)
    if not lines:
        return ModelLine(why=_not_readable(declared))
    stake = ModelStake(
        declared.model,
        champion.number,
        champion.content_hash,
        lines[0],
        declared.amount,
        row,
        _words(work, plan, scorer, lines[0]),
        tuple(one.column.name for one in plan.features if _is_share(work, plan, one)),
    )
    return ModelLine(stake, scorer)


def _words(work: Work, plan: FeaturePlan, scorer: Scorer, line: Sequence[Cell]) -> tuple[CellWords, ...]:
    """What the choices among a line's categories, and the usual ones, are called."""
    found: list[CellWords] = []
    values = {one.name: one.value for one in plan.features}
    for column, cell in zip(scorer.columns, line, strict=True):
        value = values.get(column.name)
        node = value.formula.node if isinstance(value, Raw) else None
        field = work.model.field(plan.rows.entity, node.path) if isinstance(node, Reference) else None
        for one in dict.fromkeys((cell, column.typical)):
            choice = field.choice(one) if field is not None and isinstance(one, str) else None
            if choice is not None:
                words = Message(choice.label.text("zh"), choice.label.text("en"))
                found.append(CellWords(column.name, choice.name, words))
    return tuple(found)


def _is_share(work: Work, plan: FeaturePlan, feature: Feature) -> bool:
    """Whether a feature is a part of a whole: a percentage of the row, or how many of the rows that are folded."""
    value = feature.value
    if isinstance(value, Fold):
        return value.function == "share"
    node = value.formula.node
    field = work.model.field(plan.rows.entity, node.path) if isinstance(node, Reference) else None
    return value.shape == "number" and field is not None and field.kind is FieldKind.PERCENT


def _row(work: Work, deal: Deal, declared: Foretold, entity: str) -> RowEvidence | None:
    """The row whose features stand for the deal: that of its terms, or the customer's newest."""
    if not declared.by:
        title = read_rows(work, Question(entity, ((TITLE,),), among=("id",)), (deal.row.id,))
        return RowEvidence(entity, deal.row.id, deal.row.version, str(title[0].cells[0] or "") if title else "")
    if deal.customer is None:
        return None
    rows = read_rows(work, Question(entity, ((TITLE,),), among=(declared.by,)), (deal.customer,), 1)
    return RowEvidence(entity, rows[0].id, rows[0].version, str(rows[0].cells[0] or "")) if rows else None


def _not_readable(declared: Foretold) -> Message:
    return Message(
        f"你无权读取模型 {declared.model} 用到的某些列，因此不显示它的概率",
        f"You may not read some columns that {declared.model} goes by, so its probability is not shown",
    )
