"""Running an erasure: intent, rows, files, residue, proof, certificate; each store with its status, and after a kill from
where it was to the same end.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import structlog

from engine.diagnostics import Message
from engine.extensions import Clock, Worker
from engine.model.context import Context, Principal
from engine.runtime.audit import Act, append
from engine.runtime.audit_chain.sealing import newest_head
from engine.runtime.database.protocol import Database, Session
from engine.runtime.jobs import JOB, Job, StepFailed, hold
from engine.runtime.rows import select
from engine.runtime.settings import Settings
from engine.runtime.sources.seen import SEEN
from engine.runtime.sovereignty.keyring import SubjectRef
from engine.runtime.sovereignty.scanner.proof import prove
from engine.runtime.sovereignty.subjects.certificate import pseudonym, signed
from engine.runtime.sovereignty.subjects.erasing_rows import erase_rows
from engine.runtime.sovereignty.subjects.holds import Held, held_rows
from engine.runtime.sovereignty.subjects.kept_files import FILE_ACTS, FileStores
from engine.runtime.sovereignty.subjects.ledger import DONE, INTENT, Ledger, alone, begin_ledger, ledger_path, record
from engine.runtime.sovereignty.subjects.plan import ErasePlan, make_plan, read_plan, written
from engine.runtime.sovereignty.subjects.requests import (
    RequestState,
    StoreStep,
    SubjectRequest,
    change_request,
    note_step,
    request_of,
    steps_of,
)
from engine.runtime.sovereignty.subjects.targets import drop_targets, keep_targets, targets_of
from engine.runtime.storage.tables import SEARCH_SUFFIX
from engine.runtime.stores import BACKUPS, ERASING, MODEL, live_tables
from engine.runtime.work import Workplace

SUBJECT_JOB = "subject"
KEYS, ROWS, RESIDUE, PROOF = "keys", "rows", "residue", "proof"
AGAIN = 10.0
"""Seconds after which the claim on the job is renewed."""
SECONDS, MEGABYTES = 6 * 3600.0, 8_000
NOT_SEARCHED = (BACKUPS, ERASING, MODEL)
"""Of the data folder: backups are named as what is left, the sealed identifiers are what is looked for, definitions hold no row."""
RESIDUALS = ("disk_blocks", "copies_that_left", "phones_not_seen_since")
"""What no program can overwrite or call back: it is named in every certificate."""
log = structlog.get_logger("dougong.subjects")


@dataclass(frozen=True, slots=True)
class Eraser:
    """Carries requests on. `facts_dropped` lets a copy of facts go; `moment` is called after each store: a test dies there."""

    settings: Settings
    clock: Clock
    worker: Worker
    facts_dropped: Callable[[], None] = lambda: None
    moment: Callable[[str], None] = lambda store: None

    def __call__(self, workplace: Workplace, job: Job, now: datetime) -> None:
        """The job: plan or run the request that it names. Satisfies Outside. Raises StepFailed while another one is at work."""
        with held_meanwhile(workplace.database, job, self.clock):
            self.carry_on(workplace, int(str(job.payload["request"])), wait=False)

    def carry_on(self, workplace: Workplace, request: int, wait: bool = True) -> SubjectRequest:
        """Take a request as far as it goes without a person; one at a time. Raises StepFailed where nobody `wait`s."""
        path = ledger_path(self.settings.data, self.settings.erase_ledger)
        with alone(path, wait) as mine:
            if not mine:
                raise StepFailed(
                    "another_erasure", Message("另一次清除正在进行", "Another erasure is under way"), 15.0, busy=True
                )
            found = workplace.database.read(lambda session: request_of(session, request))
            if found.state is RequestState.PLANNING:
                self.plan(workplace, found)
            elif found.state in (RequestState.APPROVED, RequestState.RUNNING):
                self.run(workplace, found)
        return workplace.database.read(lambda session: request_of(session, request))

    def plan(self, workplace: Workplace, request: SubjectRequest) -> ErasePlan:
        """Work out what would be done and freeze it. Writes nothing of the subject."""
        folder, context = workplace.data_folder, self._context(str(request.id))
        found = workplace.read(context, lambda work: make_plan(work, (request.entity, request.record)))
        keep_targets(folder, workplace.key, request.id, found.identifiers)
        values = {
            "state": RequestState.HELD if found.plan.cases else RequestState.PLANNED,
            "plan": written(found.plan),
            "digest": found.plan.digest,
            "planned_at": self.clock.now(),
            "problem": None,
            "approved_at": None,
            "approved_by": None,
        }
        workplace.database.write(lambda session: change_request(session, request.id, values, request.state))
        return found.plan

    def run(self, workplace: Workplace, request: SubjectRequest) -> None:
        """Erase, prove, certify. Raises LedgerUnusable, Held, TargetsLost, Unregistered; what was done stays done."""
        if request.state is RequestState.APPROVED and not self._begun(workplace, request):
            return
        plan = read_plan(request.plan or "{}")
        ledger = self._ledger(workplace)
        ledger = record(ledger, INTENT, _told(request, plan))
        self.moment(INTENT)
        self._erase(workplace, request.id, plan)
        proof = self._prove(workplace, request, plan)
        self.moment(PROOF)
        self._end(workplace, request, plan, proof, ledger)

    def erase_again(self, workplace: Workplace, entity: str, row: int) -> bool:
        """Erase a subject that a restored backup brought back; whether it was there."""
        folder, context = workplace.data_folder, self._context("erase again")
        present = workplace.database.read(lambda session: bool(select(session, entity, ("id",), {"id": row})))
        if not present:
            return False
        found = workplace.read(context, lambda work: make_plan(work, (entity, row)))
        workplace.database.write(
            lambda session: erase_rows(workplace.open(session, context), found.plan, found.identifiers)
        )
        self._shred(workplace, found.plan)
        files = FileStores(folder, found.identifiers, self.facts_dropped)
        for store in {line.store for line in found.plan.lines if line.act in FILE_ACTS}:
            _filed(found.plan, files, store)
        self._cleanse(workplace, found.plan)
        return True

    def _begun(self, workplace: Workplace, request: SubjectRequest) -> bool:
        """Whether the plan that was approved is still what is there; else it is planned anew and asked for again."""
        folder, context = workplace.data_folder, self._context(str(request.id))
        found = workplace.read(context, lambda work: make_plan(work, (request.entity, request.record)))
        if found.plan.digest != request.digest:
            log.warning("the plan of an erasure no longer holds", request=request.id)
            values = {
                "state": RequestState.HELD if found.plan.cases else RequestState.PLANNED,
                "plan": written(found.plan),
                "digest": found.plan.digest,
                "problem": "changed_since",
                "approved_at": None,
                "approved_by": None,
            }
            keep_targets(folder, workplace.key, request.id, found.identifiers)
            workplace.database.write(lambda session: change_request(session, request.id, values, request.state))
            return False
        begun: dict[str, object] = {
            "state": RequestState.RUNNING,
            "begun_at": self.clock.now(),
            "control": secrets.token_hex(16),
        }
        return workplace.database.write(lambda session: change_request(session, request.id, begun, request.state))

    def _ledger(self, workplace: Workplace) -> Ledger:
        path = ledger_path(self.settings.data, self.settings.erase_ledger)
        return workplace.database.write(lambda session: begin_ledger(session, path, self.clock.now()))

    def _erase(self, workplace: Workplace, request: int, plan: ErasePlan) -> None:
        done = {one.store for one in workplace.database.read(lambda session: steps_of(session, request))}
        identifiers = targets_of(workplace.data_folder, workplace.key, request)
        if ROWS not in done:
            context = self._context(str(request))

            def unit(session: Session) -> None:
                _refuse_held(session, plan)
                counts = erase_rows(workplace.open(session, context), plan, identifiers)
                for store, count in (*counts.items(), (ROWS, sum(counts.values()))):
                    note_step(session, request, StoreStep(store, "applied", count, self.clock.now()))

            workplace.database.write(unit)
            self.moment(ROWS)
        if KEYS not in done:
            self._note(workplace, request, KEYS, self._shred(workplace, plan))
            self.moment(KEYS)
        files = FileStores(workplace.data_folder, identifiers, self.facts_dropped)
        for store in dict.fromkeys(line.store for line in plan.lines if line.act in FILE_ACTS):
            if store not in done:
                self._note(workplace, request, store, _filed(plan, files, store))
                self.moment(store)
        if RESIDUE not in done:
            left = self._cleanse(workplace, plan)
            self._note(workplace, request, RESIDUE, len(left))
            self._notes(workplace, request, left)
            self.moment(RESIDUE)

    def _shred(self, workplace: Workplace, plan: ErasePlan) -> int:
        """Destroy the subject's keys: what was sealed under them, wherever a copy is, nobody opens any more."""
        if workplace.vault is None:
            return 0
        workplace.vault.keyring.shred(SubjectRef(plan.entity, plan.record))
        return 1

    def _cleanse(self, workplace: Workplace, plan: ErasePlan) -> tuple[str, ...]:
        names = {line.store for line in plan.lines}
        tables, full_text = workplace.database.read(lambda session: _standing(session, names))
        left = workplace.database.cleanse(tables, full_text)
        return (*left.beyond, *left.again)

    def _notes(self, workplace: Workplace, request: int, left: tuple[str, ...]) -> None:
        for word in left:
            self._note(workplace, request, f"left:{word}", 0)

    def _note(self, workplace: Workplace, request: int, store: str, count: int) -> None:
        step = StoreStep(store, "applied", count, self.clock.now())
        workplace.database.write(lambda session: note_step(session, request, step))

    def _prove(self, workplace: Workplace, request: SubjectRequest, plan: ErasePlan) -> Mapping[str, object]:
        """The independent search, in a process of its own, with its control."""
        identifiers = targets_of(workplace.data_folder, workplace.key, request.id)
        control = workplace.database.read(lambda session: request_of(session, request.id)).control or ""
        asked = {
            "targets": identifiers.texts,
            "live": [control],
            "folders": [str(workplace.data_folder.absolute())],
            "skip": NOT_SEARCHED,
            "postgres": self.settings.database if workplace.database.dialect == "postgres" else "",
            "stores": sorted({line.store for line in plan.lines}),
        }
        found = self.worker.call(prove, asked, seconds=SECONDS, megabytes=MEGABYTES)
        assert isinstance(found, dict)
        return found

    def _end(
        self,
        workplace: Workplace,
        request: SubjectRequest,
        plan: ErasePlan,
        proof: Mapping[str, object],
        ledger: Ledger,
    ) -> None:
        """Sign and note the end; a proof that found something, or whose control was not found, is no certificate."""
        proved = bool(proof["valid"]) and not proof["hits"]
        if proved:
            ledger = record(ledger, DONE, _told(request, plan))

        def unit(session: Session) -> None:
            told = self._certificate(workplace, session, request, plan, proof, ledger)
            values = {
                "state": RequestState.DONE if proved else RequestState.UNPROVED,
                "ended_at": self.clock.now(),
                "certificate": signed(workplace.key, told),
                "problem": None if proved else ("found_again" if proof["hits"] else "control_not_found"),
            }
            change_request(session, request.id, values, RequestState.RUNNING)
            outcome = "done" if proved else "refused"
            act = Act(self.clock.now(), "subject_erased", subject=f"request={request.id}", outcome=outcome)
            append(session, workplace.ids, act)

        workplace.database.write(unit)
        if proved:
            drop_targets(workplace.data_folder, request.id)

    def _certificate(
        self,
        workplace: Workplace,
        session: Session,
        request: SubjectRequest,
        plan: ErasePlan,
        proof: Mapping[str, object],
        ledger: Ledger,
    ) -> dict[str, object]:
        steps = steps_of(session, request.id)
        head = newest_head(session)
        backups = sum(len(one.keys) for one in plan.lines if one.store == BACKUPS)
        begun = request.begun_at or request_of(session, request.id).begun_at or self.clock.now()
        return {
            "request": str(request.id),
            "subject": pseudonym(workplace.key, request.entity, request.record),
            "entity": request.entity,
            "basis": request.basis,
            "plan_digest": request.digest,
            "stores": {one.store: one.rows for one in steps if not one.store.startswith("left:")},
            "buckets": {
                bucket: sum(len(line.keys) for line in plan.lines if line.bucket == bucket)
                for bucket in ("erasable", "pseudonymise", "protected")
            },
            "persons": 2,
            "identifiers": {"searched": plan.searched, "too_short": plan.short, "borne_by_others": plan.shared},
            "proof": {name: value for name, value in proof.items() if name != "format"},
            "left": [
                *RESIDUALS,
                *(one.store.removeprefix("left:") for one in steps if one.store.startswith("left:")),
                *([f"backups:{backups}"] if backups else []),
            ],
            "asked_at": request.created_at.isoformat(),
            "approved_at": request.approved_at.isoformat() if request.approved_at else None,
            "begun_at": begun.isoformat(),
            "ended_at": self.clock.now().isoformat(),
            "ledger_head": ledger.head,
            "audit_position": head.position if head else 0,
            "audit_head": head.line if head else None,
        }

    def _context(self, run: str) -> Context:
        principal = Principal(0, "erasure", frozenset(), service="erasure")
        return Context(principal, self.clock.now(), zone=self.settings.zone, run=run, cause="erasure")


@contextmanager
def held_meanwhile(database: Database, job: Job, clock: Clock) -> Iterator[None]:
    """Keep the claim on a job that takes longer than a claim lasts."""
    ended = threading.Event()

    def keep() -> None:
        while not ended.wait(AGAIN):
            database.write(lambda session: hold(session, job, clock.now()))

    keeper = threading.Thread(target=keep, name="erasure-claim", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        ended.set()
        keeper.join()


def _filed(plan: ErasePlan, files: FileStores, store: str) -> int:
    """Do what a plan says of the files of a store; how many."""
    lines = [one for one in plan.lines if one.store == store and one.act in FILE_ACTS]
    return sum(files.apply(one.act, one.keys) for one in lines)


def _told(request: SubjectRequest, plan: ErasePlan) -> dict[str, object]:
    """What the ledger says of a request: codes and ids."""
    return {"request": request.id, "entity": plan.entity, "record": plan.record, "digest": plan.digest}


def _refuse_held(session: Session, plan: ErasePlan) -> None:
    """A hold that was placed meanwhile wins. Raises Held."""
    rows = {name: frozenset(ids) for name, ids in plan.rows.items()}
    for case in held_rows(session, (plan.entity, plan.record), rows):
        raise Held(case)


def _standing(session: Session, names: set[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The tables that were deleted from, and all of full text."""
    live = set(live_tables(session))
    full_text = tuple(sorted(one for one in live if one.endswith(SEARCH_SUFFIX)))
    return tuple(sorted((names | {JOB, SEEN, *full_text}) & live)), full_text
