"""Composing: what a message says, by what its recipient may read now and what its destination may be told."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from engine.diagnostics import DougongError, Message
from engine.model.channels import Channel
from engine.model.levels import tags_of_paths
from engine.model.outgoing import MessageLine, OutgoingMessage
from engine.model.payloads import Payload
from engine.model.twofold import told_in
from engine.runtime.access.telling import readable_cells
from engine.runtime.demo.marking import MARK, is_marked
from engine.runtime.identity.users import User, user_by_id
from engine.runtime.links import record_link
from engine.runtime.metrics.sources import figures_for
from engine.runtime.notices import unread
from engine.runtime.notifying.deliveries import Delivery, chosen_address
from engine.runtime.notifying.kinds import AT_ITS_HOUR, WORDS
from engine.runtime.notifying.readers import context_of_reader
from engine.runtime.query.names import Reader
from engine.runtime.settings import Settings
from engine.runtime.work import Work
from engine.runtime.workflow.flow_tasks import task

LOWEST = "G0"
MOST_LINES = 30
"""Things that one message lists; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A whole letter about what a delivery leads to, as its reader may have it now: `print` is its page for a PDF."""

    text: str
    html: str
    level: str
    print: str
    file_name: str
    leave: str = ""


Letters = Callable[[Work, User, Delivery, str], Letter | None]
"""The letter of a delivery to somebody; the last is where the application is reached."""


@dataclass(frozen=True, slots=True)
class Composed:
    """A message with what it tells; None where nothing of it is left to tell. `left_out` is never told."""

    channel: Channel
    message: OutgoingMessage | None
    told: tuple[Delivery, ...] = ()
    left_out: tuple[Delivery, ...] = ()
    letter: Letter | None = None


def composed(
    work: Work,
    channel: Channel,
    deliveries: Sequence[Delivery],
    group: bool,
    settings: Settings,
    letters: Letters | None = None,
) -> Composed:
    """The message of deliveries: to one person, or to a group that reads it all."""
    people = {user: user_by_id(work.session, user) for user in {one.user for one in deliveries}}
    reached = {
        user: address
        for user, person in people.items()
        if person is not None and not person.disabled and (address := chosen_address(work.session, channel, person)[1])
    }
    told = tuple(one for one in deliveries if one.user in reached and _still_to_tell(work, one))
    left_out = tuple(one for one in deliveries if one not in told)
    if not told:
        return Composed(channel, None, (), left_out)
    reader = people[told[0].user]
    locale = (reader.locale if reader is not None and not group else None) or settings.language
    language = locale.split("-", 1)[0]
    lines = _Lines(work, channel, language, settings.external_url)
    may_read = {one.id: (person := people[one.user]) is not None and _may_read(work, one, person) for one in told}
    said = [lines.of(one, all(may_read.values()) if group else may_read[one.id]) for one in told]
    message = OutgoingMessage(
        key="",
        subject=_marked(work, _subject(said)),
        lines=_joined(said, reached if group else {}, language),
        language=language,
        recipient="" if group else reached[told[0].user],
        level=max(one.level for one in said),
        about=_about(work, channel, told),
    )
    letter = _letter(work, lines, told, people, letters)
    if letter is not None:
        message = replace(message, text=letter.text, html=letter.html, level=letter.level, leave=letter.leave)
    return Composed(channel, message, told, left_out, letter)


def _about(work: Work, channel: Channel, told: Sequence[Delivery]) -> Payload:
    """What a message is made of, for the gate."""
    known = [one for one in told if one.entity in work.model.entities]
    return Payload(
        tags=frozenset().union(*(tags_of_paths(work.model, one.entity, one.made_of) for one in known)),
        fields=tuple(dict.fromkeys(f"{one.entity}.{path}" for one in told for path in one.made_of)),
        rows=len(told),
        persons=tuple(f"{one.entity}:{one.record}" for one in known if one.made_of),
        place=f"channel:{channel.name}",
    )


def _letter(
    work: Work, lines: _Lines, told: Sequence[Delivery], people: Mapping[int, User | None], letters: Letters | None
) -> Letter | None:
    """The whole letter of the one thing that is told, where the channel takes letters and its destination what it says."""
    person = people.get(told[0].user)
    if letters is None or person is None or len(told) != 1 or lines.channel.type != "email" or not lines.channel.titles:
        return None
    found = letters(work, person, told[0], lines.origin) if told[0].kind in AT_ITS_HOUR else None
    return found if found is not None and lines.takes(found.level) else None


@dataclass(frozen=True, slots=True)
class _Said:
    """What one delivery comes to: its words, where it leads, the level of what it says."""

    user: int
    kind: Message
    title: str
    url: str
    level: str


@dataclass(frozen=True, slots=True)
class _Lines:
    """Writes deliveries as lines, for one channel and language."""

    work: Work
    channel: Channel
    language: str
    origin: str

    def of(self, one: Delivery, readable: bool) -> _Said:
        """`readable`: whether everybody whom the message is meant for may read what the title is made of."""
        kind, title = WORDS[one.kind], " ".join(told_in(one.title, self.language).split())
        shown = bool(title) and self.channel.titles and self._fits(one) and readable
        link = one.link or record_link(one.entity, one.record)
        url = f"{self.origin}{link}" if self.origin and link else ""
        return _Said(one.user, kind, title if shown else "", url, one.level if shown else LOWEST)

    def _fits(self, one: Delivery) -> bool:
        """Whether the destination takes what is of such a level; the gate decides again when the message leaves."""
        return self.takes(one.level)

    def takes(self, level: str) -> bool:
        found = self.work.model.destinations.get(self.channel.destination)
        return found is not None and level <= found.max_level


def _joined(said: Sequence[_Said], addresses: dict[int, str], language: str) -> tuple[MessageLine, ...]:
    """Lines that say the same become one that is meant for all of their people."""
    found: dict[tuple[str, str], dict[str, None]] = {}
    for one in said:
        kind = one.kind.text(language)
        colon = "：" if language == "zh" else ": "
        text = f"【{kind}】{one.title}" if one.title and language == "zh" else f"{kind}{colon}{one.title}"
        if not one.title:
            text = Message(f"【{kind}】请打开应用查看", f"{kind}: open the app to see it").text(language)
        people = found.setdefault((text, one.url), {})
        if one.user in addresses:
            people[addresses[one.user]] = None
    lines = [MessageLine(text, url, tuple(people)) for (text, url), people in found.items()]
    if len(lines) <= MOST_LINES:
        return tuple(lines)
    more = len(lines) - MOST_LINES
    words = Message(f"另有 {more} 条，请打开应用查看", f"{more} more, open the app to see them")
    return (*lines[:MOST_LINES], MessageLine(words.text(language)))


def _subject(said: Sequence[_Said]) -> Message:
    if len({(one.kind, one.title, one.url) for one in said}) == 1:
        kind, title = said[0].kind, said[0].title
        return Message(f"【{kind.zh}】{title or '请打开应用查看'}", f"{kind.en}: {title or 'open the app to see it'}")
    return Message(f"你有 {len(said)} 条通知", f"{len(said)} notices for you")


def _marked(work: Work, subject: Message) -> Message:
    """A message about made-up rows says so before anything else."""
    return Message(f"【{MARK.zh}】{subject.zh}", f"[{MARK.en}] {subject.en}") if is_marked(work.session) else subject


def _still_to_tell(work: Work, one: Delivery) -> bool:
    """What was answered or read in the app meanwhile needs no message."""
    if one.task:
        found = task(work.session, one.task)
        return found is not None and found.closed_at is None
    return not one.notice or unread(work.session, one.notice)


def _may_read(work: Work, one: Delivery, person: User) -> bool:
    """Whether the person may read, now and unmasked, every field or figure that the title is made of."""
    if not one.made_of:
        return True
    mine = work.under(context_of_reader(work, person))
    paths = frozenset(one.made_of)
    if not one.entity:
        return paths <= frozenset(figures_for(Reader(mine.model, mine.context)))
    try:
        return readable_cells(mine, one.entity, one.record, paths) == paths
    except DougongError:
        return False
