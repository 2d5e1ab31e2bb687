"""Sending: a colleague is told of a paper, which comes to them as they may read it."""

from __future__ import annotations

from engine.model.documents import DocumentTemplate
from engine.runtime.identity.users import user_by_id
from engine.runtime.notices import tell
from engine.runtime.notifying.kinds import NoticeKind
from engine.runtime.notifying.readers import may_read
from engine.runtime.notifying.telling import Telling
from engine.runtime.work import Work


def send_paper(work: Work, template: DocumentTemplate, record: int, person: int, link: str) -> bool:
    """Tell somebody of a paper, in the app and by their channels; False for one who may not read the record."""
    found = user_by_id(work.session, person) if person else None
    if found is None or not may_read(work, found, template.entity, record):
        return False
    title = template.label.text(found.locale or work.context.locale)
    tell(work, (person,), Telling(NoticeKind.REPORT.value, title, "", template.entity, record, link))
    return True
