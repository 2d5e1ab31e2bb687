"""A kill between sending and noting: the letter goes again under the same key, and is counted once."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
import time
from pathlib import Path

import pytest

from engine.application import open_installation
from engine.runtime.jobs import waiting
from engine.runtime.notifying.deliveries import DELIVERY
from engine.runtime.rows import select
from engine.runtime.settings import Settings
from tests.crash.client import LOST, Line
from tests.crash.serving import PATIENCE, Serving
from tests.crash.shop import Shop, open_shop
from tests.runtime.notifying.messengers import MailServer, running_mail

FILES = {
    "workflows/tell.yaml": """label: {zh: 告知, en: Tell}
entity: order
triggers: [{id: made, type: created}]
title: name
steps: [{id: told, type: notify, label: {zh: 告知, en: Tell}, people: [{type: users, users: [clerk]}], title: name}]
""",
    "channels/mail.yaml": """label: {zh: 邮件, en: Mail}
type: email
destination: relay
sender: noreply@corp.example
encryption: none
address: "{account}@corp.example"
""",
    "destinations/relay.yaml": """label: {zh: 中继, en: Relay}
scheme: smtp
host: 127.0.0.1
port: PORT
max_level: G1
purposes: [notification]
allow_private: true
""",
}


@pytest.mark.one_database
def test_who_is_killed_between_sending_and_noting_sends_again_under_the_same_key(tmp_path: Path) -> None:
    with running_mail(None) as mail:
        shop = _shop(tmp_path, mail)
        with Serving(shop.packs, shop.data) as serving:
            killed = threading.Event()

            def kill() -> None:
                if not killed.is_set():
                    os.kill(serving.pid, signal.SIGKILL)
                    killed.set()

            mail.when_taken = kill
            asyncio.run(_order(serving, shop))
            assert killed.wait(PATIENCE)
            assert serving.process is not None
            serving.process.join(PATIENCE)
            assert (serving.alive, _deliveries(shop)) == (False, [None]), "it was sent, and nobody has noted so"
            serving.start()
            serving.await_answer()
            _until_hung_up(mail)
            serving.stop()
        keys = {letter.message["message-id"] for letter in mail.letters}
        assert (len(mail.letters), len(keys), _deliveries(shop)) == (2, 1, ["sent"])


def _shop(folder: Path, mail: MailServer) -> Shop:
    for name, text in FILES.items():
        path = folder / "packs" / "shop" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("PORT", str(mail.port)), "utf-8")
    return open_shop(folder, "")


async def _order(serving: Serving, shop: Shop) -> None:
    """An order; its answer may be lost in the kill."""
    line = Line(serving.port, shop.token)
    with contextlib.suppress(*LOST):
        await line.ask("POST", "/api/records/order", {"name": "one"}, "one")
    line.close()


def _until_hung_up(mail: MailServer) -> None:
    """Until a letter was handed over to the end."""
    deadline = time.monotonic() + PATIENCE
    while "QUIT" not in mail.said:
        assert time.monotonic() < deadline, "it is not sent again"
        time.sleep(0.01)


def _deliveries(shop: Shop) -> list[object]:
    installation = open_installation(Settings(data=shop.data, packs=str(shop.packs)))
    try:
        outcomes = installation.database.read(lambda session: select(session, DELIVERY, ("outcome",)))
        jobs = installation.database.read(waiting)
    finally:
        installation.database.close()
    assert len(jobs) == sum(one is None for (one,) in outcomes)
    return [one for (one,) in outcomes]
