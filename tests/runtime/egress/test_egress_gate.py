"""The egress gate against real servers: pinned, verified, bounded, redirected only to what is declared, recorded."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from runtime.simulator import Answer, Asked, Simulator, make_certificate, running_simulator

from engine.application import Installation, bring_up_to_date, open_installation
from engine.extensions import EgressFailed, EgressRefused, EgressRequest, MailRequest
from engine.model.app import AppModel
from engine.model.context import Context, Principal
from engine.runtime.clock import SystemClock
from engine.runtime.settings import Settings
from engine.runtime.sovereignty.egress import EgressGate
from engine.runtime.sovereignty.ledger import recent_attempts
from engine.runtime.sovereignty.pinned import system_addresses
from tests.conftest import KINDS, fresh_url

CONTEXT = Context(Principal(0, "test", frozenset(), service="test"), datetime(2026, 3, 2, tzinfo=UTC))
PACK = """
label: {zh: 出口, en: Egress}
version: 0.1.0
languages: [zh, en]
"""

DISGUISED = ("127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0", "localhost")
"""Ways to write this machine as a host."""


def destination(name: str, scheme: str, host: str, port: int, private: bool = True) -> str:
    return (
        f"label: {{zh: 去向 {name}, en: {name}}}\nscheme: {scheme}\nhost: '{host}'\nport: {port}\nmax_level: G1\n"
        f"purposes: [operation]\nallow_private: {'true' if private else 'false'}\n"
    )


@pytest.fixture(scope="module")
def plain() -> Iterator[Simulator]:
    with running_simulator() as simulator:
        yield simulator


@pytest.fixture(scope="module")
def other() -> Iterator[Simulator]:
    with running_simulator() as simulator:
        yield simulator


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[object, Path]:
    return make_certificate(tmp_path_factory.mktemp("tls"), "secure.example.internal", datetime.now(UTC))


@pytest.fixture(scope="module")
def secure(authority: tuple[object, Path]) -> Iterator[Simulator]:
    with running_simulator(authority[0]) as simulator:  # type: ignore[arg-type]
        simulator.lay("/ok", Answer(200, b"over tls"))
        yield simulator


@pytest.fixture(scope="module", params=KINDS)
def installation(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    plain: Simulator,
    other: Simulator,
    secure: Simulator,
) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("egress")
    declared = {
        "plain": destination("plain", "http", "plain.example.internal", plain.port),
        "other": destination("other", "http", "other.example.internal", other.port),
        "outside": destination("outside", "https", "outside.example.com", plain.port, private=False),
        "post_office": destination("post_office", "smtp", "post.example.com", plain.port, private=False),
        "secure": destination("secure", "https", "secure.example.internal", secure.port),
        "wrong_name": destination("wrong_name", "https", "wrong.example.internal", secure.port),
        **{
            f"disguised_{number}": destination(f"disguised_{number}", "https", host, plain.port, private=False)
            for number, host in enumerate(DISGUISED)
        },
        "nobody": destination("nobody", "http", "plain.example.internal", 1),
    }
    pack = folder / "pack"
    (pack / "destinations").mkdir(parents=True)
    (pack / "pack.yaml").write_text(PACK, "utf-8")
    for name, text in declared.items():
        (pack / "destinations" / f"{name}.yaml").write_text(text, "utf-8")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    url = fresh_url(request.param, dsn, folder)
    settings = Settings(data=folder / "data", packs=str(pack), database=url if request.param == "postgres" else "")
    opened = open_installation(settings)
    bring_up_to_date(opened)
    yield opened
    opened.database.close()


def here(host: str, port: int) -> Sequence[str]:
    return ("127.0.0.1",)


@pytest.fixture
def gate(installation: Installation, authority: tuple[object, Path]) -> EgressGate:
    return EgressGate(
        installation.database, installation.models, installation.ids, SystemClock(), str(authority[1]), resolve=here
    )


def asked(destination_name: str, path: str = "/ok", **more: object) -> EgressRequest:
    return replace(EgressRequest(destination_name, "GET", path, "operation"), **more)  # type: ignore[arg-type]


def last(gate: EgressGate) -> tuple[str, str, str | None]:
    one = gate.database.read(lambda session: recent_attempts(session, 1))[0]
    return one.destination, one.decision, one.reason


def refused(gate: EgressGate, request: EgressRequest) -> str:
    with pytest.raises(EgressRefused) as caught:
        gate.send(CONTEXT, request)
    assert last(gate)[2] == caught.value.reason
    return caught.value.reason


def failed(gate: EgressGate, request: EgressRequest) -> str:
    with pytest.raises(EgressFailed) as caught:
        gate.send(CONTEXT, request)
    assert last(gate)[1:] == ("allowed", caught.value.reason)
    return caught.value.reason


def test_a_declared_destination_is_reached_under_its_own_name_and_recorded(gate: EgressGate, plain: Simulator) -> None:
    plain.lay("/ok", Answer(200, b"hello", (("X-Two", "1"), ("X-Two", "2"))))
    answer = gate.send(CONTEXT, asked("plain", headers={"X-Mine": "1", "Host": "evil.example"}))
    assert (answer.status, answer.body, answer.headers["x-two"]) == (200, b"hello", "1, 2")
    seen = plain.asked[-1].headers
    assert (seen["host"], seen["x-mine"]) == (f"plain.example.internal:{plain.port}", "1")
    assert last(gate) == ("plain", "allowed", None)
    attempt = gate.database.read(lambda session: recent_attempts(session, 1))[0]
    assert attempt.status == 200
    assert attempt.bytes_in > len(b"hello")
    assert attempt.bytes_out > 50


def test_nothing_leaves_for_what_is_not_declared_or_of_a_higher_level(gate: EgressGate, plain: Simulator) -> None:
    before = len(plain.asked)
    assert refused(gate, asked("elsewhere")) == "undeclared"
    assert refused(gate, asked("plain", level="G2")) == "level"
    assert refused(gate, asked("plain", purpose="marketing")) == "purpose"
    assert len(plain.asked) == before


def test_a_letter_without_encryption_leaves_for_nowhere_outside(gate: EgressGate, plain: Simulator) -> None:
    before = len(plain.asked)
    for name, reason in (("post_office", "not_encrypted"), ("plain", "protocol")):
        letter = MailRequest(name, "a@corp.example", "b@corp.example", b"secret", "operation", plain=True)
        with pytest.raises(EgressRefused) as caught:
            gate.mail(CONTEXT, letter)
        assert (caught.value.reason, last(gate)) == (reason, (name, "refused", reason))
    assert len(plain.asked) == before


@pytest.mark.parametrize("answers", [["127.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["169.254.169.254"], ["::ffff:127.0.0.1"]])
def test_a_public_destination_that_resolves_to_an_inside_address_is_refused(
    gate: EgressGate, plain: Simulator, answers: list[str]
) -> None:
    before = len(plain.asked)
    assert refused(replace(gate, resolve=lambda host, port: answers), asked("outside")) == "address"
    assert len(plain.asked) == before


@pytest.mark.parametrize("number", range(len(DISGUISED)))
def test_this_machine_is_known_in_every_spelling(gate: EgressGate, plain: Simulator, number: int) -> None:
    before = len(plain.asked)
    assert refused(replace(gate, resolve=system_addresses), asked(f"disguised_{number}")) == "address"
    assert len(plain.asked) == before


def test_a_host_is_resolved_once_so_that_a_second_answer_changes_nothing(gate: EgressGate, plain: Simulator) -> None:
    plain.lay("/ok", Answer(200, b"pinned"))
    answers = [["127.0.0.1"], ["127.0.0.2"]]
    rebinding = replace(gate, resolve=lambda host, port: answers.pop(0))
    assert rebinding.send(CONTEXT, asked("plain")).body == b"pinned"
    assert answers == [["127.0.0.2"]]


def test_a_name_without_an_answer_and_a_closed_port_are_told_apart(gate: EgressGate) -> None:
    def nowhere(host: str, port: int) -> Sequence[str]:
        raise OSError

    assert failed(replace(gate, resolve=nowhere), asked("plain")) == "unresolved"
    assert failed(gate, asked("nobody")) == "unreachable"


def test_proxies_of_the_environment_are_not_asked(
    gate: EgressGate, plain: Simulator, other: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{other.port}")
    plain.lay("/ok", Answer(200, b"direct"))
    before = len(other.asked)
    assert gate.send(CONTEXT, asked("plain")).body == b"direct"
    assert len(other.asked) == before


def test_a_redirect_to_a_declared_destination_is_decided_again_and_leaves_headers_behind(
    gate: EgressGate, plain: Simulator, other: Simulator
) -> None:
    plain.lay("/away", Answer(302, b"", (("Location", f"http://other.example.internal:{other.port}/there?x=1"),)))
    other.lay("/there", Answer(200, b"arrived"))
    answer = gate.send(CONTEXT, asked("plain", "/away", headers={"Authorization": "Bearer secret"}))
    assert answer.body == b"arrived"
    assert other.asked[-1].query == {"x": "1"}
    assert "authorization" not in other.asked[-1].headers
    assert [one.destination for one in gate.database.read(lambda session: recent_attempts(session, 2))] == [
        "other",
        "plain",
    ]


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1:{port}/there",
        "http://elsewhere.example/",
        "https://other.example.internal:{port}/there",
        "http://user@other.example.internal:{port}/there",
        "http://other.example.internal:{port}0000/there",
        "file:///etc/passwd",
        "//elsewhere.example/",
    ],
)
def test_a_redirect_to_anything_else_is_refused(
    gate: EgressGate, plain: Simulator, other: Simulator, location: str
) -> None:
    plain.lay("/away", Answer(307, b"", (("Location", location.format(port=other.port)),)))
    before = len(other.asked)
    assert refused(gate, asked("plain", "/away")) == "redirect"
    assert len(other.asked) == before


def test_redirects_in_a_circle_end(gate: EgressGate, plain: Simulator) -> None:
    plain.lay("/round", Answer(302, b"", (("Location", "/round"),)))
    assert refused(gate, asked("plain", "/round")) == "redirects"


def test_an_answer_over_the_limit_is_cut_off(gate: EgressGate, plain: Simulator) -> None:
    def endless(_: Asked) -> Answer:
        return Answer(200, (b"x" * 65_536 for _ in range(10_000)))

    plain.lay("/big", endless)
    assert failed(gate, asked("plain", "/big", byte_limit=100_000)) == "too_large"
    attempt = gate.database.read(lambda session: recent_attempts(session, 1))[0]
    assert attempt.bytes_in < 1_000_000


def test_a_body_that_drips_ends_at_the_deadline(gate: EgressGate, plain: Simulator) -> None:
    ticking = iter(range(10_000))

    class Ticking(SystemClock):
        """Each look at the clock passes a tenth of a second."""

        def monotonic(self) -> float:
            return next(ticking) / 10

    plain.lay("/drip", lambda _: Answer(200, (b"x" * 2_000 for _ in range(5_000))))
    assert (
        failed(replace(gate, clock=Ticking()), asked("plain", "/drip", deadline_seconds=3.0, byte_limit=100_000_000))
        == "timed_out"
    )


def test_a_server_that_says_nothing_ends_at_the_deadline(gate: EgressGate, plain: Simulator) -> None:
    ended = threading.Event()

    def silent(_: Asked) -> Answer:
        ended.wait(10)
        return Answer(200)

    plain.lay("/silent", silent)
    assert failed(gate, asked("plain", "/silent", deadline_seconds=0.2)) == "timed_out"
    ended.set()


def test_an_answer_that_was_compressed_unasked_is_refused(gate: EgressGate, plain: Simulator) -> None:
    plain.lay("/gzip", Answer(200, b"\x1f\x8b", (("Content-Encoding", "gzip"),)))
    assert failed(gate, asked("plain", "/gzip")) == "encoded"


def test_a_header_that_is_none_is_not_sent(gate: EgressGate, plain: Simulator) -> None:
    before = len(plain.asked)
    assert failed(gate, asked("plain", headers={"X-Name": "名"})) == "bad_request"
    assert failed(gate, asked("plain", headers={"X-Name": "a\r\nX-More: b"})) == "bad_request"
    assert len(plain.asked) == before


def test_an_answer_that_breaks_off_is_a_failure(gate: EgressGate, plain: Simulator) -> None:
    plain.lay("/short", Answer(200, iter([b"half"]), (("Content-Length", "10"),)))
    assert failed(gate, asked("plain", "/short")) == "broken"


def test_tls_is_verified_against_the_declared_host_name(gate: EgressGate, secure: Simulator) -> None:
    assert gate.send(CONTEXT, asked("secure")).body == b"over tls"
    assert secure.asked[-1].headers["host"] == f"secure.example.internal:{secure.port}"
    assert failed(gate, asked("wrong_name")) == "certificate"
    assert failed(replace(gate, authorities=""), asked("secure")) == "certificate"


class MovedModel:
    """The served model with one destination at another port."""

    def __init__(self, gate: EgressGate, name: str, port: int) -> None:
        model = gate.models.current()
        moved = replace(model.destinations[name], port=port)
        self._model = replace(model, destinations={**model.destinations, name: moved})

    def current(self) -> AppModel:
        return self._model


def test_a_server_without_tls_is_no_https(gate: EgressGate, plain: Simulator) -> None:
    assert failed(replace(gate, models=MovedModel(gate, "secure", plain.port)), asked("secure")) == "tls"


def test_a_way_for_a_database_is_decided_and_pinned_like_any_other(gate: EgressGate) -> None:
    with pytest.raises(EgressRefused) as caught:
        gate.admit(CONTEXT, asked("plain"))
    assert caught.value.reason == "protocol"
