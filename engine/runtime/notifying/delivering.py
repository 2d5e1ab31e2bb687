"""Delivering: one message of a job, composed with its recipient's rights, out over the egress gate, at least once under a key.

Nothing is sent inside a transaction. Whoever is stopped between sending and noting it sends again, under the same key and
with the same words.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from engine.diagnostics import DougongError, Message
from engine.extensions import EgressClient, EgressFailed, EgressRefused, NotDelivered, NotifierReach, Worker
from engine.model.channels import Channel
from engine.model.context import Context, Principal
from engine.model.outgoing import MessageLine, OutgoingFile, OutgoingMessage
from engine.runtime.identifiers import encode_id
from engine.runtime.jobs import Job, StepFailed
from engine.runtime.live_settings import LiveSettings
from engine.runtime.notifying.composing import Composed, Letter, Letters, composed
from engine.runtime.notifying.deliveries import (
    DROPPED,
    SENT,
    close_deliveries,
    deliveries_of,
    jobs_sent_since,
)
from engine.runtime.notifying.notifiers.installed import installed_notifiers
from engine.runtime.notifying.reasons import busy, failure
from engine.runtime.pdf import NoPdf, make_pdf
from engine.runtime.sources.running import SECRET_PREFIX
from engine.runtime.work import Work, Workplace
from engine.runtime.workers import WorkerFailed

MINUTE = timedelta(minutes=1)
log = structlog.get_logger("dougong.notifying")


@dataclass(frozen=True, slots=True)
class Deliverer:
    """Does the jobs that deliver. Never inside a unit of work: it opens its own before and after."""

    egress: EgressClient
    live: LiveSettings
    secrets: Mapping[str, str] = field(default_factory=lambda: os.environ)
    letters: Letters | None = None
    press: Worker | None = None

    def __call__(self, workplace: Workplace, job: Job, now: datetime) -> None:
        """One try. Raises StepFailed with the reason in the words of engine.runtime.notifying.reasons."""
        context = self._context(now, encode_id(job.id))
        try:
            found = workplace.read(context, lambda work: self._composed(work, job))
            if found is not None and found.message is not None:
                self.send(context, found.channel, self._with_file(found.message, found.letter))
        except NotDelivered as error:
            raise StepFailed(error.reason, error.message, error.again, error.final, error.busy) from error
        except EgressRefused as error:
            raise StepFailed(f"egress:{error.reason}", error.message, final=True) from error
        except EgressFailed as error:
            raise StepFailed(f"egress:{error.reason}", error.message) from error
        if found is not None:
            workplace.write(context, lambda work: _close(work, found, now))

    def send(self, context: Context, channel: Channel, message: OutgoingMessage) -> None:
        """Bring a message by a channel. Raises NotDelivered, EgressRefused, EgressFailed."""
        notifier = installed_notifiers().get(channel.notifier)
        if notifier is None:
            raise failure("no_notifier", channel.notifier, final=True)
        notifier.send(channel, message, NotifierReach(self.egress, context, self._secret, message.about))

    def _with_file(self, message: OutgoingMessage, letter: Letter | None) -> OutgoingMessage:
        """The message with its letter as a PDF; without one where none can be made here: the figures stand in it, too."""
        if letter is None or self.press is None:
            return message
        try:
            content = make_pdf(self.press, letter.print)
        except (NoPdf, WorkerFailed) as error:
            log.warning("letter without PDF", code=error.code)
            return message
        return replace(message, files=(OutgoingFile(letter.file_name, "application/pdf", content),))

    def try_out(self, now: datetime, channel: Channel, recipient: str, language: str) -> DougongError | None:
        """Send a message that says that it is a test; what went wrong, None when the other side took it."""
        notifier = installed_notifiers().get(channel.notifier)
        key = f"test-{int(now.timestamp() * 1000)}"
        words = Message("斗拱测试消息：渠道已连通", "Test message of Dougong: the channel works")
        group = notifier is not None and notifier.group
        line = MessageLine(words.text(language), "", (recipient,) if group and recipient else ())
        message = OutgoingMessage(key, words, (line,), language, "" if group else recipient)
        try:
            self.send(self._context(now, key), channel, message)
        except DougongError as error:
            return error
        return None

    def _context(self, now: datetime, run: str) -> Context:
        principal = Principal(0, "notifications", frozenset(), service="notifications")
        return Context(principal, now, zone=self.live.current().zone, run=run, cause="notifications")

    def _composed(self, work: Work, job: Job) -> Composed | None:
        """What a job brings now; None when all of it has left."""
        deliveries = deliveries_of(work.session, job.id)
        if not deliveries:
            return None
        channel = work.model.channels.get(deliveries[0].channel)
        if channel is None:
            raise failure("no_channel", deliveries[0].channel, final=True)
        self._pace(work, channel)
        notifier = installed_notifiers().get(channel.notifier)
        found = composed(
            work, channel, deliveries, notifier is not None and notifier.group, self.live.current(), self.letters
        )
        if found.message is None:
            return found
        return replace(found, message=replace(found.message, key=encode_id(job.id)))

    def _pace(self, work: Work, channel: Channel) -> None:
        """Raises NotDelivered where the other side has had as many messages within a minute as it takes."""
        since = work.context.now - MINUTE
        if jobs_sent_since(work.session, channel.name, since) >= channel.per_minute:
            raise busy("paced", MINUTE.total_seconds() / 4)

    def _secret(self, name: str) -> str:
        variable = SECRET_PREFIX + name.upper()
        if not self.secrets.get(variable):
            raise failure("no_secret", variable, final=True)
        return self.secrets[variable]


def _close(work: Work, found: Composed, now: datetime) -> None:
    close_deliveries(work.session, found.told, SENT, now)
    close_deliveries(work.session, found.left_out, DROPPED, now)


def missing_secrets(channel: Channel, secrets: Mapping[str, str]) -> tuple[str, ...]:
    """The variables that a channel needs and the environment does not have."""
    variables = (SECRET_PREFIX + name.upper() for name in channel.secrets)
    return tuple(name for name in variables if not secrets.get(name))
