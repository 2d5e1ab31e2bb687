"""Model rights: who puts versions of a model live, and who reads what was learnt of rows."""

from __future__ import annotations

from engine.diagnostics import Message
from engine.model.errors import Forbidden
from engine.runtime.modeling.model_tables import ModelVersion, TrainingRun, champion_of
from engine.runtime.modeling.pipeline_trainings import pipeline_of_model
from engine.runtime.work import Work


def approver_of(work: Work, model: str, otherwise: str = "") -> str:
    """The role that puts versions of a model live beside administrators; empty: nobody beside them.

    What is published says it, whatever a version was made with; of a model that no published pipeline trains, the live
    version says it: it is not replaced by those who may not take it back. Where none is live, `otherwise`.
    """
    published = pipeline_of_model(work.model, model)
    if published is not None and published.training is not None:
        return published.training.approve_by
    live = champion_of(work.session, model)
    return otherwise if live is None else live.approve_by


def check_approver(work: Work, version: ModelVersion) -> None:
    """Raises Forbidden for who may not put a version live, or take it back."""
    role = approver_of(work, version.model, version.approve_by)
    if not _approves(work, role):
        raise Forbidden(
            Message(
                f"上线需要{'角色 ' + role if role else '管理员'}批准",
                f"Approval takes {'the role ' + role if role else 'an administrator'}",
            )
        )


def may_read(work: Work, learnt: ModelVersion | TrainingRun) -> bool:
    """Whether a card or a run is open: it tells of rows, so it is for who had it learnt, who read them all, and for who
    approves the model."""
    own = learnt.created_by is not None and learnt.created_by == work.context.principal.user_id
    otherwise = learnt.approve_by if isinstance(learnt, ModelVersion) else ""
    return own or _approves(work, approver_of(work, learnt.model, otherwise))


def _approves(work: Work, role: str) -> bool:
    principal = work.context.principal
    return principal.administrator or (bool(role) and role in principal.roles)
