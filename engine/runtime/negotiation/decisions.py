"""Decisions: which package was chosen and why, with everything that it was chosen on; replayed byte for byte."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TypeVar

from engine.diagnostics import DougongError, Message
from engine.model.errors import BadRequest, Forbidden, NotFound
from engine.model.names import ResourceName
from engine.model.negotiations import Negotiation
from engine.runtime.modeling.model_registry import Shelf
from engine.runtime.modeling.model_tables import version_of
from engine.runtime.modeling.scoring import Scorer
from engine.runtime.negotiation.advice import Advice, Models, advise, package_of
from engine.runtime.negotiation.authority import Terms
from engine.runtime.negotiation.deals import reviewed_negotiation
from engine.runtime.negotiation.decision_rights import open_reads, reads_of
from engine.runtime.negotiation.decision_tables import KeptDecision, kept_decision, kept_decisions
from engine.runtime.negotiation.desk import Desk
from engine.runtime.negotiation.feature_rows import feature_rows
from engine.runtime.negotiation.jitters import DrawnJitter, drawn, moved_by, with_move, without_move
from engine.runtime.negotiation.packages import Package, RowEvidence
from engine.runtime.negotiation.readings import Question, read_rows
from engine.runtime.negotiation.row_names import RowNames
from engine.runtime.negotiation.row_prints import RowPrint, row_prints
from engine.runtime.negotiation.sandbox import Offer, Sandbox, open_sandbox
from engine.runtime.negotiation.stakes import ModelStake, Stakes
from engine.runtime.negotiation.written import is_canonical, read, written
from engine.runtime.work import Work

Kept = TypeVar("Kept")
LONGEST_REASON = 1_000
TERMS = "terms"
"""The choice of somebody who takes no package as it is."""


class BeyondAuthority(DougongError):
    """Terms that whoever decides may not give."""

    code = "beyond_authority"
    status = 422


class WrittenOtherwise(DougongError):
    """A decision that this release cannot read: something that it needs is not in what was kept."""

    code = "decision_written_otherwise"
    status = 409


@dataclass(frozen=True, slots=True)
class Wish:
    """What is decided: a package by its key, or terms of one's own; the customer's offer that was on the table; why; and
    whether the price may be moved by a draw."""

    choice: str
    reason: str
    terms: Offer | None = None
    offer: Offer | None = None
    jitter: bool = False


@dataclass(frozen=True, slots=True)
class Given:
    """What a decision was made on; `chosen` are the terms with the move of a `jitter`, where one was drawn."""

    stakes: Stakes
    offer: Terms | None
    chosen: Terms
    jitter: DrawnJitter | None = None

    @property
    def meant(self) -> Terms:
        """The terms before the draw moved their price."""
        return self.chosen if self.jitter is None else without_move(self.stakes, self.chosen, self.jitter)


@dataclass(frozen=True, slots=True)
class Said:
    """What was said at a decision: the advice, and everything of the terms that were chosen."""

    advice: Advice
    chosen: Package


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision read again: what it was made on, what was said, the rows by the names that its reader reads of them now,
    and how the record ended."""

    kept: KeptDecision
    given: Given
    said: Said
    evidence: tuple[RowPrint, ...]
    outcome: str | None


@dataclass(frozen=True, slots=True)
class Replay:
    """Whether the same stakes and versions give the same bytes; what differs where they do not."""

    same: bool
    differs: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """A decision that is worked out and not yet kept."""

    sandbox: Sandbox
    given: Given
    said: Said
    wish: Wish
    evidence: tuple[RowPrint, ...] = ()


def draft(work: Work, desk: Desk, name: str, record: int, wish: Wish) -> Draft:
    """What is decided, worked out again from what is read now. Raises NotFound, Forbidden, NotOffered, BadRequest,
    BeyondAuthority."""
    reason = wish.reason.strip()
    if not reason:
        raise BadRequest(Message("请写明理由", "Say why"))
    if len(reason) > LONGEST_REASON:
        words = f"理由最多 {LONGEST_REASON} 字", f"A reason has at most {LONGEST_REASON} characters"
        raise BadRequest(Message(*words))
    found = open_sandbox(work, desk, name, record, wish.offer)
    advice = Advice(found.now, found.packages, found.dropped, found.offer, found.breaches, found.advised)
    chosen = _chosen(found, wish)
    offer = found.offer.terms if found.offer is not None else None
    stakes, jitter = found.laid.stakes, _jitter(found, wish, chosen)
    moved = with_move(stakes, chosen, jitter.moved) if jitter is not None else chosen
    given = Given(stakes, offer, moved, jitter)
    made = Draft(found, given, _said(given, found.laid.models, advice), replace(wish, reason=reason))
    return replace(made, evidence=row_prints(work, _rows(work, made)))


def whole_decision(work: Work, draft: Draft) -> Decision:
    """A draft as it is written down, by an identifier of its own."""
    deal = draft.sandbox.deal
    negotiation = deal.negotiation
    given, said, evidence = written(draft.given), written(draft.said), written(draft.evidence)
    kept = KeptDecision(
        work.ids.next(),
        negotiation.name,
        negotiation.entity,
        deal.record,
        work.context.now,
        work.context.principal.user_id,
        draft.wish.choice,
        draft.wish.reason,
        work.model.resources[ResourceName("negotiations", negotiation.name)],
        given,
        said,
        evidence,
        _sealed(given, said, evidence),
    )
    return Decision(kept, draft.given, draft.said, draft.evidence, None)


def decisions_of(work: Work, negotiation: Negotiation, record: int) -> list[KeptDecision]:
    """The decisions about a record that the person may read, newest first: their own, and those that they review."""
    where = {"negotiation": negotiation.name, "record": record}
    return [one for one in kept_decisions(work.session, where) if _is_listed(work, negotiation, one)]


def decision(work: Work, name: str, record: int, identity: int) -> Decision:
    """Raises NotFound for one that is not there, not of the record, or not the person's to read, WrittenOtherwise."""
    negotiation = reviewed_negotiation(work, name)
    kept = kept_decision(work.session, identity)
    if kept is None or (kept.negotiation, kept.record) != (name, record) or not _may_read(work, negotiation, kept):
        raise NotFound
    given, said = _read(Given, kept.given), _read(Said, kept.said)
    evidence = _read(tuple[RowPrint, ...], kept.evidence)
    packages = (said.chosen, *_packages(said.advice))
    names = RowNames.of(work, (*(one.row for one in evidence), *(row for one in packages for row in one.evidence)))
    return Decision(
        kept,
        given,
        Said(_renamed(said.advice, names), names.package(said.chosen)),
        tuple(replace(one, row=names.row(one.row)) for one in evidence),
        outcome_of(work, negotiation, record),
    )


def kept_whole(kept: KeptDecision) -> Decision:
    """A decision as it was written down, for who looks at all of them; its rows by the names of then. Raises
    WrittenOtherwise."""
    given, said = _read(Given, kept.given), _read(Said, kept.said)
    return Decision(kept, given, said, _read(tuple[RowPrint, ...], kept.evidence), None)


def replay(work: Work, shelf: Shelf, found: Decision) -> Replay:
    """Work a decision out again from what it was made on, with the versions by their hashes."""
    differs: list[Message] = []
    kept = found.kept
    if kept.content_hash != _sealed(kept.given, kept.said, kept.evidence):
        differs.append(Message("记录被改动过：封印不符", "The record was altered: its seal does not fit"))
    stakes, jitter = found.given.stakes, found.given.jitter
    if jitter is not None and not _is_of_its_seed(found.given, jitter):
        differs.append(Message("随机微调与它的种子不符", "The jitter is not that of its seed"))
    try:
        models = Models(_loaded(work, shelf, stakes.win), _loaded(work, shelf, stakes.late))
    except DougongError as error:
        return Replay(False, (*differs, error.message))
    again = written(_said(found.given, models, advise(stakes, models, found.given.offer)))
    if again != kept.said and not (is_canonical(kept.said) and again == written(_read(Said, kept.said))):
        at = next((at for at, pair in enumerate(zip(again, kept.said, strict=False)) if pair[0] != pair[1]), len(again))
        was, now = kept.said[max(at - 30, 0) : at + 30], again[max(at - 30, 0) : at + 30]
        differs.append(
            Message(
                f"第 {at} 个字符起不同：当时 …{was}…，现在 …{now}…", f"From character {at}: …{was}… then, …{now}… now"
            )
        )
    return Replay(not differs, tuple(differs))


def outcome_of(work: Work, negotiation: Negotiation, record: int) -> str | None:
    """How a record ended: won, lost, or None while it has not. It is the label of its decisions."""
    question = Question(negotiation.entity, (negotiation.won, negotiation.lost), among=("id",))
    rows = read_rows(work, question, (record,))
    if not rows:
        return None
    won, lost = rows[0].cells
    return "won" if won is True else "lost" if lost is True else None


def _packages(advice: Advice) -> tuple[Package, ...]:
    return (advice.now, *advice.packages, *((advice.offer,) if advice.offer is not None else ()))


def _renamed(advice: Advice, names: RowNames) -> Advice:
    offer = names.package(advice.offer) if advice.offer is not None else None
    return replace(
        advice, now=names.package(advice.now), packages=tuple(map(names.package, advice.packages)), offer=offer
    )


def _chosen(found: Sandbox, wish: Wish) -> Terms:
    """The terms that are chosen. Raises BadRequest, BeyondAuthority."""
    named = {str(one.key): one.terms for one in (found.now, *found.packages)}
    if wish.choice in named:
        return named[wish.choice]
    if wish.choice != TERMS or wish.terms is None:
        known = ", ".join((*named, TERMS))
        raise BadRequest(
            Message(f"没有方案 {wish.choice[:40]}，可选：{known}", f"There is no such package; known: {known}")
        )
    levers = found.laid.stakes.levers
    terms = tuple(wish.terms.get(lever.key, lever.now) for lever in levers)
    beyond = [
        lever
        for lever, value in zip(levers, terms, strict=True)
        if not lever.allows(value) and lever.gives(value) > 1e-9
    ]
    if beyond:
        zh, en = "、".join(one.label.zh for one in beyond), ", ".join(one.label.en for one in beyond)
        raise BeyondAuthority(Message(f"超出你的权限：{zh}", f"Beyond your authority: {en}"))
    return terms


def _is_of_its_seed(given: Given, jitter: DrawnJitter) -> bool:
    """Whether a draw comes out again, and the terms are those that it moved."""
    moved = moved_by(given.stakes, given.meant, jitter)
    return moved == jitter.moved and with_move(given.stakes, given.meant, moved) == given.chosen


def _jitter(found: Sandbox, wish: Wish, chosen: Terms) -> DrawnJitter | None:
    """The draw that was agreed to. Raises BadRequest where the negotiation declares none."""
    if not wish.jitter:
        return None
    declared = found.deal.negotiation.jitter
    if declared is None:
        raise BadRequest(Message("这类谈判没有随机微调", "These negotiations declare no jitter"))
    return drawn(found.laid.stakes, chosen, declared)


def _said(given: Given, models: Models, advice: Advice) -> Said:
    return Said(advice, package_of(given.stakes, models, given.chosen))


def _rows(work: Work, draft: Draft) -> Iterator[tuple[str, RowEvidence]]:
    """The rows that a decision rests on, by what each was used for."""
    found, stakes = draft.sandbox, draft.given.stakes
    deal, negotiation = found.deal, found.deal.negotiation
    yield "terms", RowEvidence(negotiation.history.entity, deal.row.id, deal.row.version, "")
    yield "record", RowEvidence(negotiation.entity, deal.record, 0, deal.title)
    for row in draft.said.chosen.evidence:
        yield "similar", row
    if found.signals is not None and negotiation.signals is not None:
        for event in found.signals.events:
            yield "signal", RowEvidence(negotiation.signals.entity, event.id, event.version, event.text)
    if negotiation.payment is not None:
        for payment in found.payments.past:
            yield "payment", RowEvidence(negotiation.payment.entity, payment.id, payment.version, "")
    for declared, stake in ((negotiation.win, stakes.win), (negotiation.late, stakes.late)):
        plan = work.model.pipelines[declared.pipeline].plan if declared is not None else None
        if plan is not None and stake is not None:
            for feature, row in feature_rows(work, plan, stake.row.id):
                yield f"{stake.model}.{feature}", row


def _read(kind: type[Kept], text: str) -> Kept:
    """What was kept. Raises WrittenOtherwise."""
    try:
        return read(kind, text)
    except (ValueError, TypeError, KeyError, IndexError) as error:
        words = (
            "这条决定由另一版本记下，本版读不出来；内容仍原样保存",
            "Another release kept this decision and this one cannot read it; what was kept is untouched",
        )
        raise WrittenOtherwise(Message(*words)) from error


def _is_listed(work: Work, negotiation: Negotiation, kept: KeptDecision) -> bool:
    """Whether a list tells of a decision: one that cannot be read is left out, as nobody can say whose it is to read."""
    try:
        return _may_read(work, negotiation, kept)
    except WrittenOtherwise:
        return False


def _may_read(work: Work, negotiation: Negotiation, kept: KeptDecision) -> bool:
    """Whoever decided, and who reviews; both only while they may read all that it was made on."""
    principal = work.context.principal
    if kept.by != principal.user_id and not negotiation.reviewers & principal.roles:
        return False
    if not read_rows(work, Question(kept.entity, (), among=("id",)), (kept.record,)):
        return False
    return not reads_of(_read(Given, kept.given).stakes) & ~open_reads(work, negotiation)


def _loaded(work: Work, shelf: Shelf, stake: ModelStake | None) -> Scorer | None:
    """The version that a stake names, by its hash. Raises NotFound, FileAltered, Forbidden."""
    if stake is None:
        return None
    version = version_of(work.session, stake.model, stake.version)
    if version.content_hash != stake.sha256:
        words = (
            f"模型 {stake.model} 的版本 {stake.version} 已不是当时的文件",
            f"Version {stake.version} of {stake.model} is another file now",
        )
        raise Forbidden(Message(*words))
    return shelf.scorer(work.data_folder, version)


def _sealed(given: str, said: str, evidence: str) -> str:
    return sha256("\n".join((given, said, evidence)).encode()).hexdigest()
