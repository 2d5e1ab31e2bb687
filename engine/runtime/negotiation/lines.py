"""Lines: the features of a deal as its models take them, and the versions that answer."""

from __future__ import annotations

from dataclasses import dataclass

from engine.diagnostics import DougongError, Message
from engine.model.negotiations import Foretold
from engine.runtime.modeling.feature_reading import scoring_table
from engine.runtime.modeling.feature_rights import ColumnNotReadable
from engine.runtime.modeling.model_registry import Shelf
from engine.runtime.modeling.model_tables import champion_of
from engine.runtime.modeling.scoring import ColumnsDiffer, Scorer
from engine.runtime.negotiation.deals import Deal
from engine.runtime.negotiation.packages import RowEvidence
from engine.runtime.negotiation.readings import Question, read_rows
from engine.runtime.negotiation.stakes import ModelStake
from engine.runtime.query.names import TITLE
from engine.runtime.work import Work


@dataclass(frozen=True, slots=True)
class ModelLine:
    """A version with the line of a deal; without one `why` says what is missing."""

    stake: ModelStake | None = None
    scorer: Scorer | None = None
    why: Message | None = None


def model_line(work: Work, shelf: Shelf, deal: Deal, declared: Foretold | None) -> ModelLine:
    """The version that answers of a deal, and its features with the rights of whoever asks."""
    if declared is None:
        return ModelLine()
    champion = champion_of(work.session, declared.model)
    plan = work.model.pipelines[declared.pipeline].plan
    if champion is None or plan is None:
        name = declared.model
        return ModelLine(
            why=Message(
                f"尚无模型 {name}：请用管道 {declared.pipeline} 训练并上线，在那之前不显示概率",
                f"There is no model {name} yet: train it from the pipeline {declared.pipeline} and deploy it; until "
                "then no probability is shown",
            )
        )
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
    stake = ModelStake(declared.model, champion.number, champion.content_hash, lines[0], declared.amount, row)
    return ModelLine(stake, scorer)


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
