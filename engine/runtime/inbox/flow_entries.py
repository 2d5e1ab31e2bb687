"""What flows ask of a person, read block by block; ordered by amounts only as far as the person may know them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from engine.runtime.inbox.entries import APPROVAL, FLOW, Day, Entry, Wish
from engine.runtime.work import Work
from engine.runtime.workflow.flow_reading import subjects
from engine.runtime.workflow.flow_tasks import FlowTask, TaskKind, open_tasks

BLOCK = 100
MOST_BLOCKS = 5
"""Blocks that one page looks through for what was searched; further ones are looked through by the next page."""


def kind_of(task: FlowTask) -> str:
    return APPROVAL if task.kind is TaskKind.APPROVAL else FLOW


def flow_entries(work: Work, wish: Wish, after: Sequence[object] = ()) -> Iterator[Entry]:
    """The entries behind the place `after`: the block it stands in begins behind a rank and an id, then its own order."""
    begin = (_number(after[0]), _number(after[1]) or 0) if after and after[1] is not None else None
    passed = tuple(int(str(one)) for one in after[2:]) if len(after) == 5 else None
    for _ in range(MOST_BLOCKS):
        tasks = open_tasks(work.session, work.context.principal.user_id, BLOCK, begin)
        entries = sorted(_entries(work, wish, tasks, begin), key=lambda one: one.order)
        yield from (one for one in entries if passed is None or one.order > passed)
        if len(tasks) < BLOCK:
            return
        begin, passed = (tasks[-1].rank_at, tasks[-1].id), None


def _entries(
    work: Work, wish: Wish, tasks: Sequence[FlowTask], begin: tuple[int | None, int] | None
) -> Iterator[Entry]:
    day, told = Day.of(work.context), subjects(work, tasks)
    for task in tasks:
        subject, kind = told[task.flow, task.record], kind_of(task)
        if wish.kind not in {"", kind} or not day.holds(wish.due, task.due_at):
            continue
        if not _found(work, wish.search, task, subject.title):
            continue
        entry = Entry(kind, task.id, task.rank_at, subject.amount, (), task, subject)
        yield replace(entry, place=(*(begin or (None, None)), *entry.order))


def _found(work: Work, search: str, task: FlowTask, title: str) -> bool:
    """Every word stands in what is shown: the title, and what the flow is called."""
    flow = work.model.flows.get(task.flow)
    shown = f"{title} {flow.label.text(work.context.language) if flow else task.flow}".casefold()
    return all(word in shown for word in search.casefold().split())


def _number(value: object) -> int | None:
    return None if value is None else int(str(value))
