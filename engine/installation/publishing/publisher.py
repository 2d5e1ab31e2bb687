"""The publisher: an order made live as one act. Until the database has recorded the version, everything is as it was."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import structlog

from designer.draft.journal import Entry
from designer.draft.journal import Sort as Closed
from designer.draft.journal import append as write_down
from designer.draft.rows import draft_files, drop_draft_file, keep_text, locked_rev, next_rev
from designer.upgrading.bases import go_back, keep_edition, publish_taken, record_base
from engine.diagnostics import DougongError, Message
from engine.extensions import Clock
from engine.installation.migration import settle
from engine.installation.publishing.holders import Holders, give
from engine.installation.publishing.lock import recovered, sole_publisher
from engine.installation.publishing.plan import Order, Planner, PublishPlan
from engine.installation.publishing.staging import live_texts
from engine.installation.publishing.swapping import Mark, folder_of, swap, swap_back, unmark
from engine.installation.served import ServedModel
from engine.model.version import product_version
from engine.runtime.audit import Act, append
from engine.runtime.database.protocol import Session
from engine.runtime.design_versions import Sort, Version, files_of, is_recorded, newest_version, record_version
from engine.runtime.identifiers import encode_id
from engine.runtime.instants import from_micros
from engine.runtime.records.changed_formulas import catch_up
from engine.runtime.records.starting_rows import stand_up, starting_context
from engine.runtime.schema.executor import apply, rehearse
from engine.runtime.settings import Settings
from engine.runtime.work import Workplace

log = structlog.get_logger("dougong.publishing")
AS_IT_WAS = Message("首次发布之前", "As it was before the first publication")
BY_OTHERS = Message("在设计器之外修改", "Changed outside of the designer")


class NeedsConsent(DougongError):
    """The publication retires data; somebody must agree first."""

    code = "consent_needed"
    status = 409


class DraftMoved(DougongError):
    """The draft, or what is live, changed since it was looked at."""

    code = "draft_moved"
    status = 409

    def __init__(self) -> None:
        super().__init__(
            Message(
                "草稿或线上的定义在您查看之后又有改动，请重新查看再发布",
                "The draft or what is live has changed since you looked; look again, then publish",
            )
        )


@dataclass(frozen=True, slots=True)
class Agreement:
    """What whoever publishes says to it: to retiring data, a note, a reason where tests fail, who gets the roles that come
    with it; and from where they act. `affected`: only the tests that the change can affect are awaited, `awaited` how many of
    all these were."""

    consent: bool = False
    note: str = ""
    reason: str = ""
    address: str = "console"
    request: str = ""
    holders: Holders = field(default_factory=dict)
    affected: bool = False
    awaited: str = ""


class Publisher:
    """Publishes on one installation."""

    def __init__(self, settings: Settings, workplace: Workplace, models: ServedModel, clock: Clock) -> None:
        self._settings = settings
        self._workplace = workplace
        self._models = models
        self._clock = clock
        self._looked: tuple[object, PublishPlan] | None = None
        self._planner = Planner(settings, workplace, models, clock)

    def plan(self, order: Order) -> PublishPlan:
        """What an order changes; nothing is touched. The plan that was looked at last is kept while nothing has changed.

        Raises what planning raises.
        """
        with self._models.changing:
            key = (
                dict(order.texts),
                order.sort,
                order.restores,
                live_texts(self._models.compiler.folders),
                self._models.current().fingerprint,
            )
            if self._looked is None or self._looked[0] != key:
                with tempfile.TemporaryDirectory(prefix="dougong-plan-") as place:
                    self._looked = (key, self._planner.plan(order, Path(place)))
            return self._looked[1]

    def publish(self, order: Order, agreement: Agreement) -> Version:
        """Make an order live: rehearse, swap the texts, migrate and record, swap the model.

        Raises what planning raises, NeedsConsent, DraftMoved, and what applying raises; then everything is as it was.
        """
        data = self._settings.data
        with self._models.changing, sole_publisher(data):
            recovered(data, self._workplace.database)
            with tempfile.TemporaryDirectory(prefix="coming-", dir=folder_of(data)) as place:
                plan = self._planner.plan(order, Path(place))
                version = self._carried_out(plan, agreement)
            self._serve(plan)
            return version

    def _carried_out(self, plan: PublishPlan, agreement: Agreement) -> Version:
        database, data = self._workplace.database, self._settings.data
        if plan.schema.destructive and not agreement.consent:
            raise needs_consent(plan)
        if not plan.schema.empty:
            rehearse(database, plan.schema)
        version = _version_of(plan, agreement)
        mark = Mark(plan.stamp.id, plan.staged.swaps)
        record = partial(self._record, plan=plan, version=version, agreement=agreement)
        try:
            swap(data, mark)
            apply(database, plan.schema, plan.stamp, agreement.consent, also=record)
        except BaseException:
            if not database.read(lambda session: is_recorded(session, mark.version)):
                swap_back(data, mark)
                raise
        unmark(data)
        return version

    def _record(self, session: Session, plan: PublishPlan, version: Version, agreement: Agreement) -> None:
        """In the transaction of the migration: the version with its texts, the draft that is live now, the audit entry."""
        if plan.order.sort is Sort.PUBLISHED and locked_rev(session) != plan.order.rev:
            raise DraftMoved
        self._record_before(session, plan)
        files = {file: keep_text(session, text) for file, text in plan.coming.items()}
        record_version(session, version, files)
        _record_bases(session, plan, version)
        if plan.order.sort is Sort.PUBLISHED:
            _close_draft(session, version)
        give(session, agreement.holders)
        words = (
            f"version={encode_id(version.id)} from={plan.before.model.fingerprint[:12]} to={version.fingerprint[:12]}"
        )
        act = Act(
            version.at,
            "publish" if plan.order.sort is Sort.PUBLISHED else "rollback",
            actor=version.author,
            subject=words + _tests(agreement) + _given(agreement.holders),
            address=agreement.address,
            request=agreement.request or None,
        )
        append(session, self._workplace.ids, act)

    def _record_before(self, session: Session, plan: PublishPlan) -> None:
        """What is live and in no version is kept as one: before the first publication, and after changes by others."""
        newest = newest_version(session)
        live = {file: keep_text(session, text) for file, text in plan.live.items()}
        if newest is not None and files_of(session, newest.id) == live:
            return
        sort, words = (Sort.FIRST, AS_IT_WAS) if newest is None else (Sort.OUTSIDE, BY_OTHERS)
        earlier = Version(
            plan.earlier, from_micros(plan.stamp.at), None, sort, "", words, plan.before.model.fingerprint
        )
        record_version(session, earlier, live)

    def _serve(self, plan: PublishPlan) -> None:
        """The published model in the place of the old one. What follows is done again by every start: that it fails here is
        told and undoes nothing."""
        self._models.stand_on(plan.staged.served)
        self._models.serve(plan.after.model)
        try:
            settle(self._workplace.database, plan.after.model, plan.schema)
            context = starting_context(self._clock.now(), self._settings.zone)
            stand_up(self._workplace, context)
            catch_up(self._workplace, context)
            self._models.keep(plan.after.model, self._models.fingerprint())
        except DougongError as error:
            log.error("published, but not settled", code=error.code, exc_info=error)


def needs_consent(plan: PublishPlan) -> NeedsConsent:
    """What has to be agreed to before a plan is carried out."""
    zh = "；".join(one.describe().zh for one in plan.schema.destructive)
    en = "; ".join(one.describe().en for one in plan.schema.destructive)
    return NeedsConsent(
        Message(
            f"以下变更会停用数据，需要您确认：{zh}(数据保留，可恢复)",
            f"These changes retire data and need your consent: {en} (the data is kept and can come back)",
        )
    )


def _version_of(plan: PublishPlan, agreement: Agreement) -> Version:
    return Version(
        plan.stamp.id,
        from_micros(plan.stamp.at),
        plan.order.author,
        plan.order.sort,
        _note(agreement),
        plan.difference.headline,
        plan.after.model.fingerprint,
        plan.order.rev,
        agreement.reason,
        plan.order.restores,
    )


def _tests(agreement: Agreement) -> str:
    awaited = f" tests=affected:{agreement.awaited}" if agreement.awaited else ""
    return (" tests=failing" if agreement.reason else "") + awaited


def _note(agreement: Agreement) -> str:
    """The note of a version, which tells too that not all tests were awaited."""
    if not agreement.awaited:
        return agreement.note
    return f"{agreement.note} [tests: {agreement.awaited}]".strip()


def _given(holders: Holders) -> str:
    return "".join(f" {role}={','.join(map(encode_id, users))}" for role, users in holders.items() if users)


def restoring_texts(live: Mapping[str, str], wanted: Mapping[str, str]) -> dict[str, str | None]:
    """What must be written for the live texts to become others; None: a file that goes."""
    changed: dict[str, str | None] = {file: text for file, text in wanted.items() if live.get(file) != text}
    return changed | {file: None for file in live if file not in wanted}


def _record_bases(session: Session, plan: PublishPlan, version: Version) -> None:
    """Which editions of shipped packs the copies come from, as of a version."""
    if version.restores is not None:
        go_back(session, version.id, version.restores, plan.staged.copied)
        return
    for pack in plan.staged.copied:
        shipped = {file: text for file, text in plan.live.items() if file.startswith(f"{pack}/")}
        record_base(session, version.id, pack, keep_edition(session, product_version(), shipped))
    publish_taken(session, version.id)


def _close_draft(session: Session, version: Version) -> None:
    """The draft is live: it differs in no file, and its journal goes on from here."""
    for file in draft_files(session):
        drop_draft_file(session, file)
    act = {"do": "publish", "version": encode_id(version.id)}
    entry = Entry(next_rev(session), version.at, version.author, Closed.PUBLISHED, version.words, act, {}, {})
    write_down(session, entry)
