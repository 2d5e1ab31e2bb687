"""The evidence audit: random decisions, each row that they rest on read again as it was, and each decision replayed."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from engine.diagnostics import DougongError, Message
from engine.model.context import Context
from engine.model.replacing import replaced
from engine.runtime.identifiers import encode_id
from engine.runtime.identity.users import user_by_id
from engine.runtime.instants import from_micros
from engine.runtime.modeling.model_registry import Shelf
from engine.runtime.modeling.model_tables import version_of
from engine.runtime.negotiation.decision_tables import DECISION, KeptDecision, kept_decision
from engine.runtime.negotiation.decisions import Decision, kept_whole, replay
from engine.runtime.negotiation.packages import RowEvidence
from engine.runtime.negotiation.row_prints import Body, RowPrint, bodies_of, hash_of, own_cells
from engine.runtime.negotiation.stakes import ModelStake
from engine.runtime.organisation.contexts import Circumstances, context_of
from engine.runtime.organisation.standings import standing_of
from engine.runtime.rows import select
from engine.runtime.storage.tables import version_table_name
from engine.runtime.work import Work

SLACK = timedelta(minutes=1)
"""How long a decision may have taken to be written down: a row that changed meanwhile is read as of its own change."""
Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something of a decision that does not come out again: where it is, and why."""

    decision: str
    place: str
    cause: Message


@dataclass(frozen=True, slots=True)
class AuditedDecision:
    """A decision that was looked at: how many features and rows it rests on, and how many of each resolve."""

    features: int = 0
    features_resolved: int = 0
    rows: int = 0
    rows_resolved: int = 0
    replayed: bool = False
    flaws: tuple[Flaw, ...] = ()


@dataclass
class EvidenceAudit:
    """What was found in all decisions that were drawn, of how many that there are."""

    of: int = 0
    decisions: int = 0
    features: int = 0
    features_resolved: int = 0
    rows: int = 0
    rows_resolved: int = 0
    replayed: int = 0
    broken: int = 0
    flaws: list[Flaw] = field(default_factory=list)

    def add(self, one: AuditedDecision) -> None:
        self.decisions += 1
        self.features += one.features
        self.features_resolved += one.features_resolved
        self.rows += one.rows
        self.rows_resolved += one.rows_resolved
        self.replayed += one.replayed
        self.broken += bool(one.flaws)
        self.flaws += one.flaws


def drawn(work: Work, most: int, seed: int) -> tuple[list[int], int]:
    """The ids of at most so many decisions, drawn by a seed, and how many there are."""
    ids = sorted(int(str(row[0])) for row in select(work.session, DECISION, ("id",)))
    return sorted(random.Random(seed).sample(ids, min(most, len(ids)))), len(ids)


def audited(work: Work, shelf: Shelf, identity: int) -> AuditedDecision:
    """A decision looked at, its rows with the rights of whoever took it as they stood on that day."""
    kept = kept_decision(work.session, identity)
    name = encode_id(identity)
    if kept is None:
        return AuditedDecision(flaws=(Flaw(name, "", Message("决定不在了", "The decision is gone")),))
    try:
        found = kept_whole(kept)
    except DougongError as error:
        return AuditedDecision(flaws=(Flaw(name, "", error.message),))
    return _Look(work, kept, found).audited(shelf)


@dataclass
class _Look:
    """One look at a decision. `problems` are rows that do not resolve, with why."""

    work: Work
    kept: KeptDecision
    found: Decision
    problems: dict[Place, Message] = field(default_factory=dict)

    def audited(self, shelf: Shelf) -> AuditedDecision:
        prints = self.found.evidence
        self._resolve(prints)
        flaws = [
            self._flaw(f"{one.row.entity}/{encode_id(one.row.id)} v{one.row.version} ({one.use})", why)
            for one in prints
            if (why := self.problems.get((one.row.entity, one.row.id))) is not None
        ]
        features = list(self._features(shelf, flaws))
        again = replay(self.work, shelf, self.found)
        flaws += [self._flaw("replay", one) for one in again.differs]
        lost = len({(one.use, one.row.entity, one.row.id) for one in prints if self._is_lost(one)})
        return AuditedDecision(len(features), sum(features), len(prints), len(prints) - lost, again.same, tuple(flaws))

    def _is_lost(self, one: RowPrint) -> bool:
        return (one.row.entity, one.row.id) in self.problems

    def _flaw(self, place: str, cause: Message) -> Flaw:
        return Flaw(encode_id(self.kept.id), f"{self.kept.entity}/{encode_id(self.kept.record)} · {place}", cause)

    def _features(self, shelf: Shelf, flaws: list[Flaw]) -> Iterator[bool]:
        """Of each feature that a version was asked about, whether every row that it comes from resolves."""
        rows: dict[str, list[RowPrint]] = {}
        for one in self.found.evidence:
            rows.setdefault(one.use, []).append(one)
        stakes = self.found.given.stakes
        for stake in (stakes.win, stakes.late):
            for name in self._names(shelf, stake) if stake is not None else ():
                use = f"{stake.model}.{name}" if stake is not None else name
                if use not in rows:
                    words = Message("没有留下它来自哪些行", "No row that it comes from was kept")
                    flaws.append(self._flaw(use, words))
                yield use in rows and not any(map(self._is_lost, rows[use]))

    def _names(self, shelf: Shelf, stake: ModelStake) -> Sequence[str]:
        """The names of a line's features; of a version that is gone, which the replay tells, their places."""
        try:
            scorer = shelf.scorer(self.work.data_folder, version_of(self.work.session, stake.model, stake.version))
        except DougongError:
            return [str(at + 1) for at in range(len(stake.line))]
        return [one.name for one in scorer.columns]

    def _resolve(self, prints: Sequence[RowPrint]) -> None:
        """Find each row in its version, and read it as whoever decided read it then."""
        moments: dict[datetime, dict[Place, RowPrint]] = {}
        for entity, wanted in _by_entity(prints).items():
            if entity not in self.work.model.entities:
                words = Message(f"实体 {entity} 已不存在", f"There is no entity {entity} any more")
                self.problems |= {(entity, one): words for one in wanted}
                continue
            spans = _spans(self.work, entity, [one.row for one in wanted.values()])
            for identity, one in wanted.items():
                at = self._moment(one, spans.get(identity))
                if at is not None:
                    moments.setdefault(at, {})[(entity, identity)] = one
        shapes = {one.shape: one.columns for one in prints if one.columns}
        for at, those in moments.items():
            self._read(at, those, shapes)

    def _moment(self, one: RowPrint, span: tuple[datetime, datetime | None] | None) -> datetime | None:
        """When the row is to be read: at the decision; where it changed while that was written down, at its change."""
        place, at = (one.row.entity, one.row.id), self.kept.at
        version = one.row.version
        if span is None:
            self.problems[place] = Message(f"第 {version} 版不在版本表里", f"Version {version} is not kept any more")
            return None
        begins, ends = span
        if begins > at + SLACK:
            self.problems[place] = Message(
                f"第 {version} 版在决定之后才有（{begins:%Y-%m-%d %H:%M}）",
                f"Version {version} came after the decision ({begins:%Y-%m-%d %H:%M})",
            )
            return None
        if ends is not None and ends < at:
            self.problems[place] = Message(
                f"第 {version} 版在决定之前已被取代（{ends:%Y-%m-%d %H:%M}）",
                f"Version {version} had ended before the decision ({ends:%Y-%m-%d %H:%M})",
            )
            return None
        return max(begins, at)

    def _read(self, at: datetime, those: Mapping[Place, RowPrint], shapes: Mapping[str, tuple[str, ...]]) -> None:
        """Compare rows with their prints; where somebody holds several posts, as each of them."""
        left, told = dict(those), dict[Place, Message]()
        for context in self._contexts(at):
            bodies = bodies_of(self.work.under(context), left)
            for place in list(left):
                why = _differs(left[place], bodies.get(place), shapes)
                if why is None:
                    del left[place]
                else:
                    told[place] = why
            if not left:
                return
        gone = Message("决定的人已不在，无从重读", "Who decided is gone: it cannot be read again")
        self.problems |= {place: told.get(place, gone) for place in left}

    def _contexts(self, at: datetime) -> Iterator[Context]:
        """Whoever decided as they stood that day, as a whole and in each of their posts."""
        session, model = self.work.session, self.work.model
        user = user_by_id(session, self.kept.by)
        if user is None:
            return
        mine = self.work.context
        then = Circumstances(at, mine.locale, mine.zone)
        whole = standing_of(session, model, user.id, then.day)
        yield _looking_back(context_of(user, whole, then), at)
        for post in whole.posts:
            yield _looking_back(context_of(user, standing_of(session, model, user.id, then.day, post.key), then), at)


def _looking_back(context: Context, at: datetime) -> Context:
    return replaced(context, as_of=at)


def _by_entity(prints: Sequence[RowPrint]) -> dict[str, dict[int, RowPrint]]:
    found: dict[str, dict[int, RowPrint]] = {}
    for one in prints:
        found.setdefault(one.row.entity, {}).setdefault(one.row.id, one)
    return found


def _spans(work: Work, entity: str, rows: Sequence[RowEvidence]) -> dict[int, tuple[datetime, datetime | None]]:
    """From when until when each row was in the version that was kept of it."""
    wanted = {one.id: one.version for one in rows}
    columns = ("record", "version", "valid_from", "valid_to")
    found: dict[int, tuple[datetime, datetime | None]] = {}
    for row in select(work.session, version_table_name(entity), columns, {"record in": list(wanted)}):
        record, version = int(str(row[0])), int(str(row[1]))
        if wanted[record] == version:
            ends = None if row[3] is None else from_micros(int(str(row[3])))
            found[record] = from_micros(int(str(row[2]))), ends
    return found


def _differs(one: RowPrint, body: Body | None, shapes: Mapping[str, tuple[str, ...]]) -> Message | None:
    """Why a row is not as it was kept; None where it is. What has become readable since is left out of account."""
    if body is None:
        return Message(
            "决定的人按当时的岗位已读不到这一行",
            "Whoever decided cannot read this row any more with their post of then",
        )
    if int(str(body["version"])) != one.row.version:
        return Message(
            f"当时是第 {body['version']} 版，记的是第 {one.row.version} 版",
            f"It was version {body['version']} then, version {one.row.version} was kept",
        )
    cells = own_cells(body)
    columns = shapes.get(one.shape)
    if columns is not None:
        lost = [name for name in columns if name not in cells]
        if lost:
            names = ", ".join(lost[:5])
            return Message(f"这些列已读不到：{names}", f"These columns cannot be read any more: {names}")
        cells = {name: cells[name] for name in columns}
    if hash_of(cells) != one.sha256:
        return Message("内容与留档的哈希不符", "Its cells do not have the hash that was kept")
    return None
