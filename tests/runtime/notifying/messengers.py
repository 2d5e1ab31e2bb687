"""Simulators of the other side of channels: WeCom, DingTalk and Feishu over HTTP, and a mail server over SMTP.

They check what the real ones check and answer with their codes; what they took stays, by what a group or person would see.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

LIMIT = 20
WECOM_KEY, WECOM_SECRET, DING_TOKEN, DING_SIGN, FEISHU_TOKEN, FEISHU_SIGN, PASSWORD = (
    "wecom-key", "corp-secret", "ding-token", "SECding", "feishu-token", "feishu-sign", "mail-password",
)  # fmt: skip
MEMBERS = frozenset({"zhang.san", "li.si"})


@dataclass
class Messengers:
    """The three messengers; `faults` are answers that come instead, oldest first, by path."""

    now: Callable[[], datetime]
    port: int = 0
    taken: list[tuple[str, Mapping[str, object]]] = field(default_factory=list)
    faults: list[tuple[int, Mapping[str, object] | bytes]] = field(default_factory=list)
    times: dict[str, list[datetime]] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)
    given: int = 0

    def texts(self, service: str) -> list[Mapping[str, object]]:
        return [body for name, body in self.taken if name == service]

    def too_many(self, service: str) -> bool:
        """Whether this one goes beyond 20 within the minute; those refused count for nothing."""
        times = [one for one in self.times.get(service, []) if one > self.now() - timedelta(minutes=1)]
        self.times[service] = times
        if len(times) >= LIMIT:
            return True
        times.append(self.now())
        return False

    def answer(self, path: str, query: Mapping[str, str], body: Mapping[str, object]) -> tuple[int, object]:
        if self.faults and "gettoken" not in path:
            return self.faults.pop(0)
        for start, act in _ROUTES.items():
            if path.startswith(start):
                return 200, act(self, path, query, body)
        return 404, {"errcode": 404, "errmsg": "not found"}


def _wecom(all_of: Messengers, path: str, query: Mapping[str, str], body: Mapping[str, object]) -> object:
    if query.get("key") != WECOM_KEY:
        return {"errcode": 93000, "errmsg": "invalid webhook url"}
    if all_of.too_many("wecom"):
        return {"errcode": 45009, "errmsg": "api freq out of limit"}
    all_of.taken.append(("wecom", body))
    return {"errcode": 0, "errmsg": "ok"}


def _token(all_of: Messengers, path: str, query: Mapping[str, str], body: Mapping[str, object]) -> object:
    if query != {"corpid": "ww1", "corpsecret": WECOM_SECRET}:
        return {"errcode": 40001, "errmsg": "invalid credential"}
    all_of.given += 1
    all_of.tokens = {f"token-{all_of.given}"}
    return {"errcode": 0, "errmsg": "ok", "access_token": f"token-{all_of.given}", "expires_in": 7200}


def _wecom_app(all_of: Messengers, path: str, query: Mapping[str, str], body: Mapping[str, object]) -> object:
    if query.get("access_token") not in all_of.tokens:
        return {"errcode": 42001, "errmsg": "access_token expired"}
    if body.get("touser") not in MEMBERS:
        return {"errcode": 0, "errmsg": "ok", "invaliduser": body.get("touser")}
    all_of.taken.append(("wecom_app", body))
    return {"errcode": 0, "errmsg": "ok", "msgid": "m"}


def _dingtalk(all_of: Messengers, path: str, query: Mapping[str, str], body: Mapping[str, object]) -> object:
    if query.get("access_token") != DING_TOKEN:
        return {"errcode": 300005, "errmsg": "token is not exist"}
    stamp = query.get("timestamp", "0")
    wanted = hmac.new(DING_SIGN.encode(), f"{stamp}\n{DING_SIGN}".encode(), hashlib.sha256).digest()
    late = abs(all_of.now().timestamp() * 1000 - int(stamp)) > 3_600_000
    if late or query.get("sign") != base64.b64encode(wanted).decode():
        return {"errcode": 310000, "errmsg": "sign not match"}
    if all_of.too_many("dingtalk"):
        return {"errcode": 130101, "errmsg": "send too fast, exceed 20 times per minute"}
    all_of.taken.append(("dingtalk", body))
    return {"errcode": 0, "errmsg": "ok"}


def _feishu(all_of: Messengers, path: str, query: Mapping[str, str], body: Mapping[str, object]) -> object:
    if not path.endswith(f"/{FEISHU_TOKEN}"):
        return {"code": 19001, "msg": "param invalid: incoming webhook access token invalid"}
    stamp = str(body.get("timestamp", "0"))
    wanted = base64.b64encode(hmac.new(f"{stamp}\n{FEISHU_SIGN}".encode(), b"", hashlib.sha256).digest()).decode()
    if abs(all_of.now().timestamp() - int(stamp)) > 3600 or body.get("sign") != wanted:
        return {"code": 19021, "msg": "sign match fail or timestamp is not within one hour from current time"}
    if not isinstance(body.get("content"), dict):
        return {"code": 9499, "msg": "Bad Request"}
    if all_of.too_many("feishu"):
        return {"code": 11232, "msg": "frequency limited"}
    all_of.taken.append(("feishu", body))
    return {"code": 0, "msg": "success", "data": {}}


_ROUTES = {
    "/cgi-bin/webhook/send": _wecom,
    "/cgi-bin/gettoken": _token,
    "/cgi-bin/message/send": _wecom_app,
    "/robot/send": _dingtalk,
    "/open-apis/bot/v2/hook/": _feishu,
}


@contextmanager
def running_messengers(now: Callable[[], datetime]) -> Iterator[Messengers]:
    """The messengers on a free port of this machine."""
    found = Messengers(now)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            address = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(address.query).items()}
            content = self.rfile.read(int(self.headers.get("content-length", 0)))
            status, body = found.answer(address.path, query, json.loads(content) if content else {})
            if status == 0:  # the other side is gone before it has answered
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            sent = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        do_GET = do_POST

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    found.port = server.server_address[1]
    with _served(server):
        yield found


@dataclass
class Letter:
    """A letter that was taken."""

    sender: str
    recipient: str
    user: str
    encrypted: bool
    message: EmailMessage

    @property
    def text(self) -> str:
        """What it says without its HTML."""
        body = self.message.get_body(("plain",))
        return str(body.get_content()) if isinstance(body, EmailMessage) else ""


@dataclass
class MailServer:
    """A mail server; `faults` are what happens instead, oldest first: a reply by command, or `drop` within the data."""

    tls: ssl.SSLContext | None
    port: int = 0
    starttls: bool = True
    ways: str = "PLAIN LOGIN"
    letters: list[Letter] = field(default_factory=list)
    faults: list[tuple[str, str]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    when_taken: Callable[[], None] | None = None
    """What happens when a letter was taken and its sender has not heard of it."""

    def fault(self, command: str) -> str:
        if self.faults and self.faults[0][0] == command:
            return self.faults.pop(0)[1]
        return ""


class _Talk(socketserver.StreamRequestHandler):
    server: _MailSocket
    encrypted = False
    user = ""

    def handle(self) -> None:
        mail, sender, recipient = self.server.mail, "", ""
        if self.server.at_once and mail.tls is not None:
            self._secure(mail.tls)
        self._say("220 mail.example ESMTP")
        with suppress(OSError, ValueError):
            while line := self.rfile.readline(10_000).decode().rstrip("\r\n"):
                command, _, rest = line.partition(" ")
                mail.said.append(command.upper())
                instead = mail.fault(command.upper())
                if instead:
                    self._say(instead)
                elif command == "EHLO":
                    self._offer(mail)
                elif command == "STARTTLS" and mail.tls is not None and mail.starttls:
                    self._say("220 go ahead")
                    self._secure(mail.tls)
                elif command == "AUTH":
                    self._sign_in(rest)
                elif command == "MAIL":
                    sender = rest.partition("<")[2].partition(">")[0]
                    self._say("250 ok")
                elif command == "RCPT":
                    recipient = rest.partition("<")[2].partition(">")[0]
                    self._say("550 no such user" if recipient.startswith("nobody@") else "250 ok")
                elif command == "DATA":
                    self._data(mail, sender, recipient)
                elif command == "QUIT":
                    self._say("221 bye")
                    return
                else:
                    self._say("502 what")

    def _offer(self, mail: MailServer) -> None:
        offers = ["mail.example", "8BITMIME"]
        offers += ["STARTTLS"] if mail.starttls and mail.tls is not None and not self.encrypted else []
        offers += [f"AUTH {mail.ways}"] if self.encrypted else []
        for at, one in enumerate(offers):
            self._say(f"250{'-' if at < len(offers) - 1 else ' '}{one}")

    def _sign_in(self, rest: str) -> None:
        if not self.encrypted:
            self._say("538 encryption required")
            return
        way, _, first = rest.partition(" ")
        if way == "PLAIN":
            _, user, password = base64.b64decode(first).decode().split("\0")
        else:
            self._say("334 VXNlcm5hbWU6")
            user = base64.b64decode(self.rfile.readline()).decode()
            self._say("334 UGFzc3dvcmQ6")
            password = base64.b64decode(self.rfile.readline()).decode()
        fits = password == PASSWORD
        self.user = user if fits else ""
        self._say("235 welcome" if fits else "535 bad credentials")

    def _data(self, mail: MailServer, sender: str, recipient: str) -> None:
        self._say("354 send it")
        if mail.fault("drop"):
            self.rfile.readline()
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line[1:] if line.startswith(b".") else line)
        instead = mail.fault("END")
        if instead and not instead.startswith("taken"):
            self._say(instead)
            return
        message = message_from_bytes(b"".join(lines), policy=default)
        mail.letters.append(Letter(sender, recipient, self.user, self.encrypted, message))
        if mail.when_taken is not None:
            mail.when_taken()
        if instead:  # taken, and gone before it was said
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self._say("250 taken")

    def finish(self) -> None:
        with suppress(OSError):
            super().finish()
        for one in (self.rfile, self.wfile, self.connection):
            with suppress(OSError):
                one.close()

    def _secure(self, context: ssl.SSLContext) -> None:
        for one in (self.rfile, self.wfile):
            one.close()
        self.connection = self.request = context.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb")
        self.encrypted = True

    def _say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")
        self.wfile.flush()


class _MailSocket(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    mail: MailServer
    at_once = False

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is no news here."""


@contextmanager
def running_mail(tls: ssl.SSLContext | None, at_once: bool = False) -> Iterator[MailServer]:
    """A mail server on a free port; `at_once`: TLS from the first byte."""
    server = _MailSocket(("127.0.0.1", 0), _Talk)
    server.mail, server.at_once = MailServer(tls), at_once
    server.mail.port = server.server_address[1]
    with _served(server):
        yield server.mail


@contextmanager
def _served(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
