"""What the gate holds destinations to besides: pins, networks, evidence, people a year, canaries, the switch under way."""

from __future__ import annotations

import base64
import gzip
import hashlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from runtime.simulator import Answer, Simulator, make_certificate, running_simulator

from engine.application import Installation, bring_up_to_date, open_installation
from engine.cli import main
from engine.extensions import EgressFailed, EgressRefused, EgressRequest
from engine.model.context import Context, Principal
from engine.model.names import NO_LABEL, Label, Place
from engine.model.payloads import Payload
from engine.model.sources import Destination, Evidence
from engine.runtime.rows import delete
from engine.runtime.settings import Settings
from engine.runtime.sovereignty.breaker import State, Tripped
from engine.runtime.sovereignty.canaries import canary_of
from engine.runtime.sovereignty.decision import Block, Circumstances, Pass, decide_egress
from engine.runtime.sovereignty.egress import EgressGate
from engine.runtime.sovereignty.ledger import EGRESS, recent_attempts
from engine.runtime.sovereignty.switches import BREAKER, EVERYTHING, Circuit, move, switch_of
from engine.runtime.sovereignty.tickets import open_tickets
from engine.runtime.sovereignty.watching import Watchman
from engine.runtime.work import OneModel
from tests.conftest import KINDS, FixedClock, fresh_url

NOW = datetime(2026, 3, 2, tzinfo=UTC)
CONTEXT = Context(Principal(0, "test", frozenset(), service="test"), NOW)
HOST = "secure.example.internal"
PLACE = Place("p", "f", 1)
KEY = b"k" * 32
WRONG = "sha256/" + "A" * 43 + "="
ABROAD = Destination(
    "us", NO_LABEL, PLACE, "https", "us.example.com", 443, "US", "G4", frozenset({"operation", "training"})
)
EVIDENCE = Evidence("SCC-1", date(2026, 6, 30))


@pytest.fixture(scope="module")
def plain() -> Iterator[Simulator]:
    with running_simulator() as simulator:
        simulator.lay("/ok", Answer(200, b"ok"))
        yield simulator


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Simulator, Path]]:
    context, trusted = make_certificate(tmp_path_factory.mktemp("pins"), HOST, datetime.now(UTC))
    with running_simulator(context) as simulator:
        simulator.lay("/ok", Answer(200, b"ok"))
        yield simulator, trusted


@pytest.fixture(scope="module", params=KINDS)
def installation(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("breaker")
    (folder / "pack").mkdir()
    (folder / "pack/pack.yaml").write_text(
        "label: {zh: 出口, en: Egress}\nversion: 0.1.0\nlanguages: [zh, en]\n", "utf-8"
    )
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    url = fresh_url(request.param, dsn, folder)
    database = url if request.param == "postgres" else ""
    opened = open_installation(Settings(data=folder / "data", packs=str(folder / "pack"), database=database))
    bring_up_to_date(opened)
    yield opened
    opened.database.close()


def here(host: str, port: int) -> Sequence[str]:
    return ("127.0.0.1",)


def inside(name: str, port: int, **more: object) -> Destination:
    made = Destination(
        name, Label({"zh": name}), PLACE, "http", f"{name.replace('_', '-')}.example.internal", port, max_level="G4",
        purposes=frozenset({"operation"}), allow_private=True,
    )  # fmt: skip
    return replace(made, **more)  # type: ignore[arg-type]


def gate(
    installation: Installation, *declared: Destination, clock: FixedClock | None = None, **more: object
) -> EgressGate:
    model = replace(installation.models.current(), destinations={one.name: one for one in declared})
    made = EgressGate(
        installation.database, OneModel(model), installation.ids, clock or FixedClock(NOW), resolve=here, key=KEY
    )
    return replace(made, **more)  # type: ignore[arg-type]


def asked(name: str, level: str = "G2", **more: object) -> EgressRequest:
    return replace(EgressRequest(name, "GET", "/ok", "operation", level), **more)  # type: ignore[arg-type]


def refused(one: EgressGate, request: EgressRequest) -> str:
    with pytest.raises((EgressRefused, EgressFailed)) as caught:
        one.send(CONTEXT, request)
    return str(caught.value.reason)


def state(installation: Installation, circuit: Circuit) -> State | None:
    found = installation.database.read(lambda session: switch_of(session, circuit))
    return found.standing.state if found else None


@pytest.mark.parametrize(
    ("destination", "request_made", "day", "reason"),
    [
        (replace(ABROAD, evidence=EVIDENCE), asked("us", "G3"), date(2026, 6, 30), None),
        (replace(ABROAD, evidence=EVIDENCE), asked("us", "G1"), date(2026, 7, 1), "evidence"),
        (ABROAD, asked("us", "G2"), NOW.date(), None),
        (ABROAD, asked("us", "G3"), NOW.date(), "evidence"),
        (replace(ABROAD, evidence=EVIDENCE), asked("us", "G0", about=Payload(frozenset({"decision_chain"}))), NOW.date(), "decision_chain"),
        (ABROAD, asked("us", "G0", purpose="training"), NOW.date(), "training"),
        (replace(ABROAD, jurisdiction="CN"), asked("us", "G3", about=Payload(frozenset({"decision_chain"}))), NOW.date(), None),
        (replace(ABROAD, jurisdiction="CN"), asked("us", "G3", purpose="training"), NOW.date(), None),
        (replace(ABROAD, host="us.example.com@evil"), asked("us", "G0"), NOW.date(), "host"),
    ],
)  # fmt: skip
def test_what_goes_abroad_needs_evidence_and_some_never_does(
    destination: Destination, request_made: EgressRequest, day: date, reason: str | None
) -> None:
    request = replace(request_made, jurisdictions=frozenset({"CN", "US"}))
    found = decide_egress(destination, request, given=Circumstances(day))
    assert found == (Block(reason) if reason else Pass(destination))


def test_a_pinned_key_is_the_only_one_that_is_talked_to(
    installation: Installation, secure: tuple[Simulator, Path]
) -> None:
    simulator, trusted = secure
    one = inside("pinned", simulator.port, scheme="https", host=HOST)
    found = gate(installation, one, authorities=str(trusted))
    key = x509.load_pem_x509_certificate(trusted.read_bytes()).public_key()
    plain = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    right = "sha256/" + base64.b64encode(hashlib.sha256(plain).digest()).decode()
    pinned = gate(installation, replace(one, pins=(WRONG, right)), authorities=str(trusted))
    assert pinned.send(CONTEXT, asked("pinned")).body == b"ok", "one of the declared keys"
    before = len(simulator.asked)
    with_wrong = gate(installation, replace(one, pins=(WRONG,)), authorities=str(trusted))
    assert refused(with_wrong, asked("pinned")) == "pin"
    assert len(simulator.asked) == before
    assert state(installation, Circuit("pinned")) is State.OPEN
    assert refused(found, asked("pinned")) == "breaker", "also once the pin is gone"
    renamed = gate(installation, replace(one, name="renamed"), authorities=str(trusted))
    assert refused(renamed, asked("renamed")) == "breaker", "also under another name"


def test_people_of_a_year_are_counted_once_over_all_destinations_abroad(
    installation: Installation, plain: Simulator
) -> None:
    clock = FixedClock(NOW)
    declared = [
        inside(name, plain.port, jurisdiction="US", evidence=Evidence("SCC", date(2030, 1, 1)), persons=5)
        for name in ("count_a", "count_b", "count_c")
    ]
    found = gate(installation, *declared, clock=clock)

    def send(name: str, person: int) -> None:
        about = Payload(persons=(f"customer:{person}",))
        found.send(CONTEXT, asked(name, "G1", about=about, jurisdictions=frozenset({"CN", "US"})))

    for name, person in (("count_a", 1), ("count_a", 1), ("count_b", 2), ("count_a", 3)):
        send(name, person)
    assert not [one for one in installation.database.read(open_tickets) if one.fault.rule == "counter_near"]
    send("count_b", 4)
    assert [
        one.fault.destination for one in installation.database.read(open_tickets) if one.fault.rule == "counter_near"
    ]
    send("count_a", 5)
    send("count_b", 5)
    with pytest.raises(EgressRefused) as caught:
        send("count_a", 6)
    assert caught.value.reason == "counter"
    assert state(installation, Circuit("count_a")) is State.OPEN
    clock.advance(timedelta(days=365))
    send("count_c", 7)
    clock.jump(-timedelta(days=365))
    with pytest.raises(EgressRefused) as caught:
        send("count_c", 1)
    assert caught.value.reason == "clock", "a clock that went back over a new year"


@pytest.mark.parametrize(
    "form",
    [
        lambda text: text.encode(),
        lambda text: text.lower().encode(),
        lambda text: text.encode("utf-16-le"),
        lambda text: text.encode().hex().upper().encode(),
        lambda text: base64.b64encode(b"x" + text.encode() + b"yz"),
        lambda text: base64.encodebytes(b"some words before it that shift lines, " + text.encode() + b" and after"),
        lambda text: gzip.compress(text.encode()),
    ],
)
def test_a_canary_is_seen_in_every_form(
    installation: Installation, plain: Simulator, form: Callable[[str], bytes]
) -> None:
    found, before = gate(installation, inside("canaries", plain.port)), len(plain.asked)
    assert refused(found, asked("canaries", method="POST", body=form(canary_of(KEY)))) == "canary"
    assert len(plain.asked) == before


def test_the_switch_cuts_what_is_going_out(installation: Installation, plain: Simulator) -> None:
    found = gate(installation, inside("large", plain.port), clock=None)
    slow = replace(found, clock=installation.clock)
    fate: list[str] = []

    def send() -> None:
        try:
            slow.send(CONTEXT, asked("large", method="POST", body=bytes(60_000_000), deadline_seconds=20.0))
        except (EgressRefused, EgressFailed) as error:
            fate.append(error.reason)

    thread = threading.Thread(target=send)
    thread.start()
    time.sleep(0.05)
    installation.database.write(lambda session: move(session, EVERYTHING, Tripped("killed"), NOW))
    thread.join(timeout=15)
    assert fate in (["killed"], []), "cut, or gone before the switch was pressed"
    assert refused(found, asked("large")) == "killed"


@pytest.mark.one_database
def test_what_cannot_be_read_lets_nothing_out(tmp_path: Path, plain: Simulator) -> None:
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack/pack.yaml").write_text(
        "label: {zh: 出口, en: Egress}\nversion: 0.1.0\nlanguages: [zh, en]\n", "utf-8"
    )
    opened = open_installation(Settings(data=tmp_path / "data", packs=str(tmp_path / "pack"), database=""))
    bring_up_to_date(opened)
    found, before = gate(opened, inside("closed", plain.port)), len(plain.asked)
    opened.database.close()
    assert refused(found, asked("closed")) == "unreadable"
    assert len(plain.asked) == before


def test_a_backup_goes_to_a_declared_folder_alone(
    installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, database = installation.settings, installation.database
    monkeypatch.setenv("DOUGONG_DATABASE", settings.database)
    layer, nas = tmp_path / "layer", tmp_path / "nas"
    (layer / "destinations").mkdir(parents=True)
    (layer / "pack.yaml").write_text("label: {zh: 层, en: Layer}\nversion: 0.1.0\nlanguages: [zh, en]\n", "utf-8")
    (layer / "destinations/nas.yaml").write_text(
        f"label: {{zh: 备份盘, en: NAS}}\nscheme: folder\nfolder: {nas}\nmax_level: G4\npurposes: [backup]\n", "utf-8"
    )
    nas.mkdir()
    for table, where in ((BREAKER, {"state <>": ""}), (EGRESS, {"id >": 0})):  # what other tests left
        database.write(lambda session, table=table, where=where: delete(session, table, where))
    watchman = Watchman(installation.workplace, installation.clock, "Asia/Shanghai")

    def backup(packs: str, target: Path) -> int:
        code = main(["--data", str(settings.data), "--packs", packs, "backup", str(target)])
        watchman.look(installation.clock.now())
        return code

    def last() -> tuple[str, str, str, str | None]:
        one = database.read(lambda session: recent_attempts(session, 1))[0]
        return one.destination, one.purpose, one.decision, one.reason

    assert backup(settings.packs, tmp_path / "one.zip") == 0
    assert last() == ("backups", "backup", "allowed", None), "no folder is declared"
    both = f"{settings.packs}:{layer}"
    assert backup(both, tmp_path / "two.zip") == 1
    assert not (tmp_path / "two.zip").exists()
    assert last() == ("folder", "backup", "refused", "folder")
    assert [one for one in database.read(open_tickets) if one.fault.rule == "folder"]
    assert backup(both, nas / "three.zip") == 0
    assert last() == ("nas", "backup", "allowed", None)
    database.write(lambda session: move(session, EVERYTHING, Tripped("killed"), NOW))
    assert backup(both, nas / "four.zip") == 1
    assert last() == ("nas", "backup", "refused", "killed")
