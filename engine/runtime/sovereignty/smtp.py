"""SMTP: one letter over one stream that the egress gate has opened. STARTTLS where it is asked for is never done without."""

from __future__ import annotations

import base64
import ssl
from contextlib import suppress
from dataclasses import dataclass, field

import httpcore2

from engine.extensions import MailRequest

LONGEST_REPLY = 64_000
"""Bytes of one reply at most."""
READY, WELCOME, SIGNED_IN, CHALLENGE, GO_AHEAD, OK = 220, 221, 235, 334, 354, 250
NO_ENCRYPTION, NO_SIGN_IN = 523, 504
"""Replies that we give ourselves where the server does not offer what a letter needs."""


class SmtpRefused(Exception):
    """The server's reply was no."""

    def __init__(self, reply: int) -> None:
        super().__init__(reply)
        self.reply = reply


@dataclass(slots=True)
class _Conversation:
    """Commands and replies on a stream; `offers` is what the server said it can do."""

    stream: httpcore2.NetworkStream
    waiting: bytes = b""
    offers: dict[str, str] = field(default_factory=dict)

    def line(self) -> bytes:
        while b"\n" not in self.waiting:
            part = self.stream.read(4096)
            if not part or len(self.waiting) > LONGEST_REPLY:
                raise ConnectionError
            self.waiting += part
        found, _, self.waiting = self.waiting.partition(b"\n")
        return found.rstrip(b"\r")

    def reply(self) -> tuple[int, list[str]]:
        """A reply with its lines. Raises ConnectionError for what is none."""
        lines: list[str] = []
        while sum(map(len, lines)) < LONGEST_REPLY:
            found = self.line()
            if not found[:3].isdigit():
                raise ConnectionError
            lines.append(found[4:].decode("ascii", "replace"))
            if found[3:4] != b"-":
                return int(found[:3]), lines
        raise ConnectionError

    def expect(self, *wanted: int) -> int:
        """The next reply. Raises SmtpRefused for one that is not wanted."""
        code, _ = self.reply()
        if code not in wanted:
            raise SmtpRefused(code)
        return code

    def say(self, text: str, *wanted: int) -> int:
        if "\r" in text or "\n" in text:
            raise ValueError
        self.stream.write(text.encode("ascii") + b"\r\n")
        return self.expect(*wanted)

    def greet(self, name: str) -> None:
        self.stream.write(f"EHLO {name}\r\n".encode("ascii"))
        code, lines = self.reply()
        if code != OK:
            raise SmtpRefused(code)
        words = [line.partition(" ") for line in lines[1:]]
        self.offers = {name.upper(): rest.upper() for name, _, rest in words}

    def secure(self, context: ssl.SSLContext, host: str) -> None:
        """From here on encrypted; what came before in one piece with the reply was slipped in by somebody else."""
        if "STARTTLS" not in self.offers:
            raise SmtpRefused(NO_ENCRYPTION)
        self.say("STARTTLS", READY)
        if self.waiting:
            raise ConnectionError
        self.stream = self.stream.start_tls(context, host)

    def sign_in(self, user: str, password: str) -> None:
        ways = self.offers.get("AUTH", "").split()
        if "PLAIN" in ways:
            self.say("AUTH PLAIN " + _encoded(f"\0{user}\0{password}"), SIGNED_IN)
        elif "LOGIN" in ways:
            self.say("AUTH LOGIN", CHALLENGE)
            self.say(_encoded(user), CHALLENGE)
            self.say(_encoded(password), SIGNED_IN)
        else:
            raise SmtpRefused(NO_SIGN_IN)


def send_letter(
    stream: httpcore2.NetworkStream, letter: MailRequest, start_tls: ssl.SSLContext | None, host: str
) -> int:
    """Hand a letter over and close the stream; the reply that took it.

    Raises SmtpRefused; ConnectionError when the talk breaks off before.
    """
    talk = _Conversation(stream)
    try:
        return _handed_over(talk, letter, start_tls, host)
    finally:
        talk.stream.close()


def _handed_over(talk: _Conversation, letter: MailRequest, start_tls: ssl.SSLContext | None, host: str) -> int:
    name = letter.sender.rpartition("@")[2] or "localhost"
    talk.expect(READY)
    talk.greet(name)
    if start_tls is not None:
        talk.secure(start_tls, host)
        talk.greet(name)
    if letter.user and not letter.plain:
        talk.sign_in(letter.user, letter.password)
    talk.say(f"MAIL FROM:<{letter.sender}>", OK)
    talk.say(f"RCPT TO:<{letter.recipient}>", OK, 251)
    talk.say("DATA", GO_AHEAD)
    talk.stream.write(_dotted(letter.content) + b".\r\n")
    taken = talk.expect(OK)
    with suppress(SmtpRefused, httpcore2.NetworkError, httpcore2.TimeoutException, OSError):
        talk.say("QUIT", WELCOME)  # the letter is theirs; how they hang up is no matter
    return taken


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode("utf-8")).decode("ascii")


def _dotted(content: bytes) -> bytes:
    """A letter's lines with CRLF, each that begins with a dot with another one before it."""
    lines = content.replace(b"\r\n", b"\n").rstrip(b"\n").split(b"\n")
    return b"".join((b"." + line if line.startswith(b".") else line) + b"\r\n" for line in lines)
