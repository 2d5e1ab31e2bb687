"""The past: pages, lists, records and figures as they were at a moment that the address names (`as_of`)."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from markupsafe import Markup

from engine.diagnostics import Message
from engine.model.context import Context
from engine.model.entities import Entity
from engine.model.errors import BadRequest
from engine.model.replacing import replaced
from engine.runtime.access.rights import readable_fields
from engine.runtime.instants import to_micros
from engine.runtime.schema.journal import migrations
from engine.runtime.schema.operations import AddColumn
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.site import Site
from engine.widgets.formats import format_date

AS_OF = "as_of"
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_LINK = re.compile(
    r'(<a\b[^>]*?\bhref=")(/r/[a-z0-9_]+/[0-9A-HJKMNP-TV-Z]{13}|/app/[a-z0-9_]+|/figures/[a-z0-9_]+/rows)(\?[^"#]*)?(#[^"]*)?(")'
)
_FORM = re.compile(r'(<form\b[^>]*\bmethod="get"[^>]*>)(.*?</form>)', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Past:
    """What a page says of the moment it shows: in words, as an address writes it, the way back, what was not there yet."""

    words: str
    text: str
    now_url: str
    missing: tuple[str, ...]
    partly: bool


def looking_back(work: Work, call: Call, site: Site) -> Work:
    """The work at the moment that the address names, the same work without one. Raises BadRequest."""
    written = call.first.get(AS_OF, "").strip()
    moment = _moment(written, work.context) if written else None
    if moment is None:
        return work
    kept = site.settings.retention_history
    if kept and moment < work.context.now - timedelta(days=kept):
        words = Message(f"历史只保留 {kept} 天，看不到那么早", f"History is kept for {kept} days; that is further back")
        raise BadRequest(words, field=AS_OF)
    return work.under(replaced(work.context, as_of=moment))


def past_of(work: Work, call: Call, entity: Entity | None, partly: bool) -> Past | None:
    """What a page says of the moment; None on a page of now. `partly` tells that some of the page is left out."""
    context = work.context
    if context.as_of is None:
        return None
    written = call.first.get(AS_OF, "").strip()
    rest = urlencode([(name, one) for name, one in call.query if name not in {AS_OF, "cursor"}])
    there = context.as_of.astimezone(ZoneInfo(context.zone))
    words = format_date(there.date(), context.language, date.min)
    if not _DAY.fullmatch(written):
        words = f"{words} {there:%H:%M}"
    missing = tuple(_missing(work, entity)) if entity is not None else ()
    return Past(words, written, f"{call.path}?{rest}" if rest else call.path, missing, partly)


def staying(body: Markup, past: Past | None) -> Markup:
    """A part of a page whose links to records and pages, and forms that ask, stay at the moment."""
    if past is None:
        return body
    moment = html.escape(quote(past.text, safe=":"))

    def link(found: re.Match[str]) -> str:
        start, path, query, anchor, end = found.groups(default="")
        if re.search(r"[?;&]as_of=", query):
            return found[0]
        joined = f"{query}&amp;{AS_OF}={moment}" if query else f"?{AS_OF}={moment}"
        return f"{start}{path}{joined}{anchor}{end}"

    hidden = f'<input type="hidden" name="{AS_OF}" value="{html.escape(past.text)}">'

    def form(found: re.Match[str]) -> str:
        return found[0] if f'name="{AS_OF}"' in found[2] else f"{found[1]}{hidden}{found[2]}"

    asked = _FORM.sub(form, _LINK.sub(link, str(body)))
    return Markup(asked)


def _moment(written: str, context: Context) -> datetime | None:
    """The end of a business day, or an instant; None for today, which is now. Raises BadRequest."""
    try:
        if _DAY.fullmatch(written):
            day = date.fromisoformat(written)
            ends = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(context.zone)) - timedelta(microseconds=1)
            moment: datetime | None = None if day == context.today else ends.astimezone(UTC)
        else:
            found = datetime.fromisoformat(written.replace(" ", "+"))
            moment = (found if found.tzinfo else found.replace(tzinfo=ZoneInfo(context.zone))).astimezone(UTC)
    except (ValueError, OverflowError):
        words = Message("as_of 应为日期(2026-03-02)或时刻", "as_of is a day (2026-03-02) or an instant")
        raise BadRequest(words, field=AS_OF) from None
    if moment is not None and moment > context.now:
        raise BadRequest(Message("还没有到那一天", "That is still to come"), field=AS_OF)
    return moment


def _missing(work: Work, entity: Entity) -> Iterator[str]:
    """The fields that the entity did not have yet, as far as the reader knows them by name."""
    context = work.context
    if context.as_of is None:
        return
    at = to_micros(context.as_of)
    later = [one for one in migrations(work.session) if one.applied_at > at and not one.reverted]
    names = {
        step.column.name
        for one in later
        for step in one.operations
        if isinstance(step, AddColumn) and step.table == entity.name
    }
    known = readable_fields(work.model, context, entity.name) & names
    yield from (one.label.text(context.language) or one.name for one in entity.fields.values() if one.name in known)
