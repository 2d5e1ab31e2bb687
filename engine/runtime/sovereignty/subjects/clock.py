"""The clock of requests: who answers them is told at 12, 18 and 22 hours that the 24 run out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine.diagnostics import Message
from engine.model.context import Context, Principal
from engine.runtime.identifiers import encode_id
from engine.runtime.notices import tell
from engine.runtime.notifying.telling import Telling
from engine.runtime.organisation.standings import holders_of
from engine.runtime.sovereignty.subjects.requests import (
    OPEN,
    WARNINGS,
    SubjectRequest,
    change_request,
    requests_in,
)
from engine.runtime.work import Work, Workplace

DESK = "/subjects"


@dataclass(frozen=True, slots=True)
class SubjectClock:
    """Looks how long open requests have waited."""

    workplace: Workplace
    zone: str

    def look(self, now: datetime) -> int:
        """Tell of every warning that has come due; how many requests were told of."""
        context = Context(
            Principal(0, "subjects", frozenset(), service="subjects"), now, zone=self.zone, cause="subjects"
        )
        due = self.workplace.database.read(
            lambda session: [one for one in requests_in(session, OPEN) if _warning(one, now) > one.warned]
        )
        return self.workplace.write(context, lambda work: sum(_tell(work, one) for one in due)) if due else 0


def _warning(request: SubjectRequest, now: datetime) -> int:
    """How many of the warnings are due."""
    return sum(now - request.clock_from >= one for one in WARNINGS)


def _tell(work: Work, request: SubjectRequest) -> int:
    reached = _warning(request, work.context.now)
    if not change_request(work.session, request.id, {"warned": reached}, request.state):
        return 0
    hours = int((request.due_at - work.context.now).total_seconds() // 3600)
    title = Message(f"主体请求还剩 {max(0, hours)} 小时", f"A subject's request has {max(0, hours)} hours left")
    roles = [one.name for one in work.model.roles.values() if one.answers_subjects]
    people = {user for role in roles for user in holders_of(work.session, work.model, work.context.today, role)}
    body = Message("打开主体请求台处理", "Open the subject desk").text("zh")
    telling = Telling(
        kind="subject", title=title.text("zh"), body=body, entity="", record=0, link=f"{DESK}/{encode_id(request.id)}"
    )
    tell(work, sorted(people), telling)
    return 1
