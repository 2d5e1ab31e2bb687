"""A desk: an installation whose channels lead to simulators, two people, and a flow that tells them of tickets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from runtime.simulator import make_certificate
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from engine.application import Installation, bring_up_to_date, make_application, open_installation
from engine.installation.job_runner import JobRunner
from engine.model.context import Context, Principal
from engine.runtime.comments.tables import COMMENT, TRACE
from engine.runtime.identity.users import NewUser, create_user
from engine.runtime.jobs import JOB, Job, waiting
from engine.runtime.live_settings import LiveSettings
from engine.runtime.notices import NOTICE
from engine.runtime.notifying.deliveries import DELIVER, DELIVERY
from engine.runtime.notifying.delivering import Deliverer
from engine.runtime.notifying.preferences import PREFERENCE
from engine.runtime.rows import delete
from engine.runtime.settings import Settings
from engine.runtime.sovereignty.egress import EgressGate
from engine.runtime.work import Work
from engine.runtime.workflow.flow_tables import TASK
from tests.conftest import FixedClock, fresh_url
from tests.runtime.notifying import messengers
from tests.runtime.notifying.messengers import MailServer, Messengers, running_mail, running_messengers
from tests.web.site import HASH, PASSWORD

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
"""A Monday, nine in the morning in Shanghai."""
SECRETS = {
    "DOUGONG_SECRET_WECOM_KEY": messengers.WECOM_KEY,
    "DOUGONG_SECRET_WECOM_APP": messengers.WECOM_SECRET,
    "DOUGONG_SECRET_DING_TOKEN": messengers.DING_TOKEN,
    "DOUGONG_SECRET_DING_SIGN": messengers.DING_SIGN,
    "DOUGONG_SECRET_FEISHU_TOKEN": messengers.FEISHU_TOKEN,
    "DOUGONG_SECRET_FEISHU_SIGN": messengers.FEISHU_SIGN,
    "DOUGONG_SECRET_MAIL": messengers.PASSWORD,
}
MAIL_HOST = "mail.example.internal"
ORIGIN = "https://crm.corp.example"
PACK = {
    "pack.yaml": "label: {zh: 服务台, en: Desk}\nversion: 1.0.0\nlanguages: [zh, en]\n",
    "roles/clerk.yaml": "label: {zh: 文员, en: Clerk}\n",
    "roles/boss.yaml": "label: {zh: 管理员, en: Administrator}\nadministers: true\n",
    "roles/guest.yaml": "label: {zh: 访客, en: Guest}\n",
    "entities/ticket.yaml": """label: {zh: 工单, en: Ticket}
title: name
fields:
  name: {type: text, required: true, label: {zh: 名称, en: Name}}
  budget: {type: text, level: G3, label: {zh: 预算, en: Budget}}
  private: {type: text, label: {zh: 内部, en: Private}}
""",
    "access/ticket.yaml": """grants: [{id: all, roles: [clerk], actions: [read, create, update, delete]}, {id: see, roles: [guest], actions: [read]}]
fields: [{id: mine, fields: [private], roles: [clerk], right: write}]
""",
    "pages/ticket_record.yaml": """kind: record
label: {zh: 工单, en: Ticket}
entity: ticket
roles: [clerk, guest]
items:
  - {id: head, widget: record_header}
  - {id: talk, widget: comments, roles: [clerk], limit: 3}
""",
    "workflows/tell.yaml": """label: {zh: 新工单, en: New ticket}
entity: ticket
triggers: [{id: made, type: created}]
title: name
steps:
  - {id: told, type: notify, label: {zh: 告知, en: Tell}, people: [{type: users, users: [zhang, li]}], title: name, body: budget}
  - id: check
    type: approval
    label: {zh: 核对, en: Check}
    when: 'starts_with(name, "check")'
    approvers: [{type: users, users: [zhang]}]
    own: allow
""",
    "workflows/tell_private.yaml": """label: {zh: 内部, en: Private}
entity: ticket
triggers: [{id: changed, type: updated, fields: [private, budget]}]
title: name
steps:
  - {id: told, type: notify, label: {zh: 告知, en: Tell}, when: is_empty(budget), people: [{type: users, users: [zhang, guest]}], title: private, channels: [email]}
  - {id: dear, type: notify, label: {zh: 告知, en: Tell}, when: not is_empty(budget), people: [{type: users, users: [zhang]}], title: budget}
  - {id: group, type: notify, label: {zh: 群, en: Group}, when: is_empty(budget), people: [{type: users, users: [zhang, guest]}], title: private, channels: [feishu_robot]}
  - {id: inside, type: notify, label: {zh: 站内, en: Inside}, people: [{type: users, users: [zhang]}], subject: 站内, channels: []}
""",
}
DESTINATION = (
    "label: {{zh: {name}, en: {name}}}\nscheme: {scheme}\nhost: {host}\nport: {port}\nmax_level: {level}\n"
    "purposes: [{purpose}]\nallow_private: true\n"
)
CHANNELS = {
    "mail": "type: email\ndestination: relay\nsender: 斗拱 <noreply@corp.example>\nuser: noreply@corp.example\nsecret: mail\n"
    "domains: [corp.example]\n",
    "mail_tls": "type: email\ndestination: relay_tls\nsender: noreply@corp.example\nuser: noreply@corp.example\nsecret: mail\n",
    "mail_plain": "type: email\ndestination: relay_plain\nsender: noreply@corp.example\nencryption: none\n",
    "wecom": "type: wecom_robot\ndestination: messengers\nsecret: wecom_key\n",
    "wecom_app": "type: wecom_app\ndestination: messengers\ncorporation: ww1\nagent: 7\nsecret: wecom_app\n",
    "dingtalk": "type: dingtalk_robot\ndestination: messengers\nsecret: ding_token\nsigning: ding_sign\n",
    "feishu": "type: feishu_robot\ndestination: messengers\nsecret: feishu_token\nsigning: feishu_sign\ntitles: true\n",
    "elsewhere": "type: wecom_robot\ndestination: unfit\nsecret: wecom_key\n",
}


@dataclass
class Desk:
    """The installation, its clock, the simulators, and a client for each person.

    `mail` takes letters by STARTTLS; `relays` by the channel those of TLS from the first byte, and of none.
    """

    installation: Installation
    clock: FixedClock
    messengers: Messengers
    mail: MailServer
    relays: Mapping[str, MailServer]
    deliverer: Deliverer
    application: ASGIApp
    clients: dict[str, TestClient] = field(default_factory=dict)

    def begin_anew(self) -> None:
        """Nothing waits, nobody has chosen anything, the simulators have taken nothing; it is Monday morning again."""
        self.clock.jump(NOW - self.clock.now())
        for kept in (self.messengers.taken, self.messengers.faults, self.messengers.times):
            kept.clear()
        for server in (self.mail, *self.relays.values()):
            for heard in (server.letters, server.faults, server.said):
                heard.clear()
        self.mail.starttls = True
        for table in (JOB, DELIVERY, PREFERENCE, TASK, NOTICE, COMMENT, TRACE):
            self.installation.database.write(
                partial(delete, table=table, where={"id >" if table != PREFERENCE else "user_id >": 0})
            )

    def client(self, person: str) -> TestClient:
        if person not in self.clients:
            made = TestClient(self.application, base_url=ORIGIN, follow_redirects=False)
            assert made.post("/sign-in", data={"name": person, "password": PASSWORD}).status_code == 303
            self.clients[person] = made
        return self.clients[person]

    def program(self, token: str) -> TestClient:
        """A client that signs in with a token."""
        headers = {"authorization": f"Bearer {token}"}
        return TestClient(self.application, base_url=ORIGIN, follow_redirects=False, headers=headers)

    def ticket(self, name: str = "漏水") -> str:
        answer = self.client("li").post("/api/records/ticket", json={"name": name})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["data"]["id"])

    def choose(self, person: str, **form: object) -> None:
        """Fill in the part of one's own page about notices; `kinds` are those wanted, by channel."""
        answer = self.client(person).post("/account/notices", data=form)
        assert answer.status_code == 303, answer.text

    def speak(self, person: str, language: str) -> None:
        """Choose the language of what somebody is told."""
        answer = self.client(person).post("/account", data={"act": "preferences", "locale": language, "zone": ""})
        assert answer.status_code == 303, answer.text

    def work(self, steps: int = 1) -> int:
        """Do what is due now, so many times; the number of steps done."""
        runner = JobRunner(self.installation.workplace, self.clock, "Asia/Shanghai", {DELIVER: self.deliverer})
        return sum(runner.run_due() for _ in range(steps))

    def jobs(self) -> list[Job]:
        return self.installation.database.read(waiting)

    def later(self, **by: float) -> None:
        self.clock.advance(timedelta(**by))


@contextmanager
def desk_of(request: pytest.FixtureRequest, folder: Path) -> Iterator[Desk]:
    """The desk of a fixture whose parameter is a kind of database."""
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with running_desk(folder, fresh_url(request.param, dsn, folder) if request.param == "postgres" else "") as made:
        yield made


def here(host: str, port: int) -> Sequence[str]:
    return ("127.0.0.1",)


@contextmanager
def running_desk(folder: Path, url: str, extra: Mapping[str, str] | None = None) -> Iterator[Desk]:
    """A desk over an empty database."""
    clock = FixedClock(NOW)
    context, authority = make_certificate(folder, MAIL_HOST, datetime.now(UTC))
    with ExitStack() as stack:
        others = stack.enter_context(running_messengers(clock.now))
        mail = stack.enter_context(running_mail(context))
        relays = {
            "mail_tls": stack.enter_context(running_mail(context, at_once=True)),
            "mail_plain": stack.enter_context(running_mail(None)),
        }
        _write(folder / "packs" / "desk", others.port, {"mail": mail, **relays}, extra or {})
        settings = Settings(
            data=folder / "data",
            database=url,
            packs=str(folder / "packs"),
            rate_limit=100_000,
            external_url=ORIGIN,
        )
        installation = open_installation(settings, clock)
        bring_up_to_date(installation)
        installation.workplace.write(
            Context(Principal(0, "setup", frozenset(), service="setup"), NOW), lambda work: _people(work, installation)
        )
        gate = EgressGate(
            installation.database, installation.models, installation.ids, clock, str(authority), resolve=here
        )
        deliverer = Deliverer(gate, LiveSettings(settings), SECRETS)
        application = make_application(installation)
        yield Desk(installation, clock, others, mail, relays, deliverer, application)
        application.site.workers.close()
        installation.database.close()


def _people(work: Work, installation: Installation) -> None:
    for account, role in (("zhang", "clerk"), ("admin", "boss"), ("li", "clerk"), ("guest", "guest"), ("stranger", "")):
        new = NewUser(installation.ids.next(), account, account.title(), 0, HASH, roles=(role,) if role else ())
        create_user(work.session, new)


def _write(pack: Path, messengers_port: int, mails: Mapping[str, MailServer], extra: Mapping[str, str]) -> None:
    web = {"scheme": "http", "host": "im.example.internal", "port": messengers_port, "level": "G1"}
    destinations = {
        "messengers": {**web, "purpose": "notification"},
        "unfit": {**web, "purpose": "operation"},
    }
    for name, channel, scheme in (
        ("relay", "mail", "smtp"),
        ("relay_tls", "mail_tls", "smtps"),
        ("relay_plain", "mail_plain", "smtp"),
    ):
        destinations[name] = {**web, "scheme": scheme, "host": MAIL_HOST, "port": mails[channel].port}
        destinations[name]["purpose"] = "notification"
    texts = dict(PACK)
    texts |= {f"destinations/{name}.yaml": DESTINATION.format(name=name, **one) for name, one in destinations.items()}
    texts |= {f"channels/{name}.yaml": f"label: {{zh: {name}, en: {name}}}\n{text}" for name, text in CHANNELS.items()}
    for name, text in {**texts, **extra}.items():
        path = pack / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
