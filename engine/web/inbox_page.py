"""The inbox: what waits for the reader, of every kind; what they have started, were told and have answered; in batches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from starlette.responses import Response

from engine.diagnostics import DougongError, Message
from engine.model.twofold import told_in
from engine.runtime.events import Aspect
from engine.runtime.identifiers import encode_id
from engine.runtime.inbox.acts import Order, Result, carry_out
from engine.runtime.inbox.entries import APPROVAL, FLOW, Due, Wish
from engine.runtime.inbox.reading import COUNTED_TO, inbox_counts, inbox_page
from engine.runtime.inbox.row_entries import kinds_for
from engine.runtime.links import record_link
from engine.runtime.notices import mark_read, readable_notices
from engine.runtime.notifying.kinds import WORDS, kind_of
from engine.runtime.work import Work
from engine.runtime.workflow.flow_instances import instances_page
from engine.runtime.workflow.flow_reading import with_subjects
from engine.runtime.workflow.flow_tasks import answered_tasks, copies
from engine.web.calls import Call, whole_number
from engine.web.inbox_lines import amount_words, entry_lines, kind_label, moment_words, task_lines
from engine.web.responses import own_path, see_other
from engine.web.scenes import scene_for
from engine.web.shell import page_response
from engine.web.site import Site
from engine.web.watches import OF_INBOX, of_reader, shown_by
from engine.widgets.contract import Scene
from engine.widgets.inbox_parts import InboxAct, InboxLine

LIMIT = 100
WAITING = "waiting"
TABS = (
    (WAITING, Message("待我处理", "Waiting for me")),
    ("copies", Message("抄送我的", "Copies")),
    ("started", Message("我发起的", "Started by me")),
    ("answered", Message("我处理过的", "Answered")),
    ("notices", Message("通知", "Notices")),
)
_TERMS = (
    (Due.ANY, Message("全部时间", "Any time")),
    (Due.OVERDUE, Message("已逾期", "Overdue")),
    (Due.TODAY, Message("今天", "Today")),
    (Due.LATER, Message("以后", "Later")),
)
_ENDS = {
    "approved": Message("已通过", "Approved"),
    "done": Message("已完成", "Done"),
    "rejected": Message("已拒绝", "Rejected"),
    "withdrawn": Message("已撤回", "Withdrawn"),
    "terminated": Message("已终止", "Ended"),
}


@dataclass(frozen=True, slots=True)
class Chip:
    """A choice of the inbox: what it is called, how much is there, and where it leads."""

    url: str
    label: str
    count: str = ""
    current: bool = False


@dataclass(frozen=True, slots=True)
class _Batch:
    """What a batch has done, what it could not do, and what was typed for it."""

    results: tuple[Result, ...] = ()
    words: str = ""

    @property
    def done(self) -> int:
        return sum(one.problem is None for one in self.results)

    @property
    def refused(self) -> Mapping[str, Message]:
        return {one.order.item: one.problem for one in self.results if one.problem is not None}


def show(work: Work, call: Call, site: Site) -> Response:
    """GET /inbox?tab=…&kind=…&due=…&q=…"""
    return _page(work, call, site, _Batch(), "", 200)


def act(work: Work, call: Call, site: Site) -> Response:
    """POST /inbox: one act on what is ticked, or on one thing, each for itself; or all notices read."""
    form = call.form_first()
    if form.get("act") == "read":
        mark_read(work, work.context.principal.user_id)
        return see_other("/inbox?tab=notices")
    words = form.get("comment", "")
    batch = _Batch(carry_out(work, _orders(call.form), words), words)
    if not batch.refused:
        back = {name: form[name] for name in ("kind", "due", "q") if form.get(name)}
        return see_other(own_path(form.get("next", ""), f"/inbox?{urlencode({**back, 'done': batch.done})}"))
    return _page(work, call, site, batch, "", 200)


def again(work: Work, call: Call, site: Site, error: DougongError) -> Response:
    return _page(work, call, site, _Batch(), error.message.text(work.context.language), error.status)


def _orders(form: Sequence[tuple[str, str]]) -> tuple[Order, ...]:
    """What a form orders: `one` is `act@kind:id` for a single thing, else `act` is for everything ticked."""
    values = dict(reversed(form))
    if values.get("one"):
        act, _, item = values["one"].partition("@")
        items, name = [item], act
    else:
        items, name = [text for key, text in form if key == "item"], values.get("act", "")
    found = (item.rpartition(":") for item in items)
    return tuple(Order(kind, identity, name) for kind, _, identity in found)


def _page(work: Work, call: Call, site: Site, batch: _Batch, message: str, status: int) -> Response:
    scene = scene_for(work, call)
    given = {**call.form_first(), **call.first}
    tab = given.get("tab", WAITING) if given.get("tab") in dict(TABS) else WAITING
    done = given.get("done", "")
    values: dict[str, object] = {
        "title": Message("待办", "Inbox").text(scene.language),
        "tab": tab,
        "tabs": [(name, label.text(scene.language)) for name, label in TABS],
        "message": message,
        "done": batch.done or (whole_number(done) or 0),
        "left": len(batch.refused),
        "words": batch.words,
        "full": False,
        "live": "" if batch.refused or message else shown_by(*_SHOWN[tab]),
    }
    if tab == WAITING:
        values |= _waiting(work, scene, given, batch)
    else:
        lines = _LINES[tab](work, scene)
        values |= {"lines": lines, "full": len(lines) >= LIMIT}
    return page_response(work, call, site, "inbox.html", values, status=status)


def _waiting(work: Work, scene: Scene, given: Mapping[str, str], batch: _Batch) -> dict[str, object]:
    """What waits, with the ways to narrow it down."""
    kinds = kinds_for(work)
    kind = given.get("kind", "")
    kind = kind if kind in {APPROVAL, FLOW, *kinds} else ""
    due = Due(given["due"]) if given.get("due") in set(Due) else Due.ANY
    wish = Wish(kind, due, given.get("q", "").strip()[:100], given.get("after", ""))
    page = inbox_page(work, wish)
    lines = _with_problems(entry_lines(work, scene, page.entries), batch, scene)
    counts = inbox_counts(work)
    chosen = {"due": str(due), "q": wish.search}
    names = [("", Message("全部", "All").text(scene.language))]
    names += [
        (one, kind_label(work, scene, one, kinds.get(one))) for one, count in counts.items() if count or one == kind
    ]
    return {
        "lines": lines,
        "wish": wish,
        "kinds": [
            Chip(_url({**chosen, "kind": name}), label, _count(counts, name), name == kind) for name, label in names
        ],
        "terms": [
            Chip(_url({"kind": kind, "q": wish.search, "due": str(term)}), label.text(scene.language), "", term is due)
            for term, label in _TERMS
        ],
        "more": _url({**chosen, "kind": kind, "after": page.after}) if page.after else "",
        "narrowed": bool(kind or due or wish.search),
        "batch_acts": _batch_acts(lines),
    }


def _with_problems(lines: list[InboxLine], batch: _Batch, scene: Scene) -> list[InboxLine]:
    """The lines with what went wrong beside them; those that failed stay ticked and come first."""
    told = batch.refused
    marked = [
        replace(one, problem=told[one.item].text(scene.language), chosen=True) if one.item in told else one
        for one in lines
    ]
    here = {one.item for one in lines}
    gone = [
        InboxLine("", "", "", problem=problem.text(scene.language), item="")
        for item, problem in told.items()
        if item not in here
    ]
    return [*sorted(marked, key=lambda one: not one.problem), *gone]


def _batch_acts(lines: Sequence[InboxLine]) -> list[InboxAct]:
    """What can be done with many at once: each act once, though several kinds know it."""
    found: dict[str, InboxAct] = {}
    for line in lines:
        for one in line.acts:
            found.setdefault(one.name, one)
    return list(found.values())


def _count(counts: Mapping[str, int], name: str) -> str:
    counted = counts[name] if name else sum(counts.values())
    return f"{COUNTED_TO - 1}+" if counted >= COUNTED_TO else str(counted)


def _url(given: Mapping[str, str]) -> str:
    chosen = {name: value for name, value in given.items() if value}
    return f"/inbox?{urlencode(chosen)}" if chosen else "/inbox"


def _copies(work: Work, scene: Scene) -> list[InboxLine]:
    return task_lines(work, scene, copies(work.session, scene.user_id, LIMIT))


def _answered(work: Work, scene: Scene) -> list[InboxLine]:
    return task_lines(work, scene, answered_tasks(work.session, scene.user_id, LIMIT))


def _started(work: Work, scene: Scene) -> list[InboxLine]:
    """What somebody has started, as far as it is theirs to see."""
    found = instances_page(work.session, {"initiator": scene.user_id}, LIMIT)
    lines = []
    for row, subject in with_subjects(work, found):
        if not subject.readable:
            continue
        flow = work.model.flows.get(row.flow)
        ended = {"approved": "success", "done": "success", "rejected": "danger"}.get(row.outcome or "", "neutral")
        words = _ENDS.get(row.outcome or "")
        lines.append(
            InboxLine(
                url=f"/flows/{encode_id(row.id)}",
                title=told_in(subject.title, scene.language),
                kind="",
                about=scene.words(flow.label) if flow else row.flow,
                when=moment_words(row.started_at, scene),
                amount=amount_words(subject.amount, scene),
                badge=words.text(scene.language) if words else Message("进行中", "Running").text(scene.language),
                tone=ended if words else "danger" if row.problem else "warning",
            )
        )
    return lines


def _notices(work: Work, scene: Scene) -> list[InboxLine]:
    zh = scene.language == "zh"
    return [
        InboxLine(
            url=one.message.link or record_link(one.message.entity, one.message.record) or "/inbox",
            title=told_in(one.message.title, scene.language),
            kind=WORDS[kind_of(one.message.kind)].text(scene.language),
            about=one.message.body,
            when=moment_words(one.made_at, scene),
            badge="" if one.read_at else ("未读" if zh else "New"),
            tone="info",
        )
        for one in readable_notices(work, scene.user_id, LIMIT)
    ]


_LINES = {"copies": _copies, "started": _started, "answered": _answered, "notices": _notices}
_SHOWN = {
    WAITING: OF_INBOX,
    "copies": of_reader(Aspect.ASKED),
    "started": of_reader(Aspect.STARTED),
    "answered": of_reader(Aspect.ASKED),
    "notices": of_reader(Aspect.TOLD),
}
"""What of what comes to the reader each tab shows."""
