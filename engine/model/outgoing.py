"""A message as it leaves: its lines, its letter, its files."""

from __future__ import annotations

from dataclasses import dataclass

from engine.diagnostics import Message
from engine.model.payloads import UNTOLD, Payload


@dataclass(frozen=True, slots=True)
class MessageLine:
    """One thing that somebody is told: `url` leads to it (empty: nowhere), `people` are the addresses it is meant for."""

    text: str
    url: str = ""
    people: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OutgoingFile:
    """A file that leaves with a message."""

    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """A message as it leaves: to one `recipient`, or to a group (empty). What carries the same key says the same.

    `level` is the highest of what it says. Where a channel takes whole letters, `text` and `html` stand for the lines,
    with `files`, and `leave` is where its reader ends what it comes of. `about` is what it is made of.
    """

    key: str
    subject: Message
    lines: tuple[MessageLine, ...]
    language: str
    recipient: str = ""
    level: str = "G0"
    text: str = ""
    html: str = ""
    files: tuple[OutgoingFile, ...] = ()
    leave: str = ""
    about: Payload = UNTOLD
