"""The breaker board over HTTP: what a block leaves, who closes a breaker again, the kill switch, and files that people take."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from engine.cli import main
from engine.extensions import EgressRefused, EgressRequest
from engine.model.context import Context, Principal
from engine.model.payloads import Payload
from engine.runtime.audit import newest
from engine.runtime.identity.users import NewUser, create_user
from engine.runtime.sovereignty.breaker import State
from engine.runtime.sovereignty.egress import EgressGate, gate_of
from engine.runtime.sovereignty.ledger import recent_attempts
from engine.runtime.sovereignty.switches import EVERYTHING, Circuit, switch_of
from engine.runtime.sovereignty.tickets import OVER, open_tickets
from engine.runtime.sovereignty.watching import Watchman
from tests.conftest import KINDS, unmade_url
from tests.web.site import HASH, Site, running_site

HERE = "/admin/egress"
REASON = "对方已更正声明并留有书面依据"
ERP = Circuit("erp", "operation", "G4")


@pytest.fixture(scope="module", params=KINDS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("board")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with running_site(folder, unmade_url(request.param, dsn, folder)) as running:
        for name in ("guard", "second"):
            running.ids[name] = running.installation.ids.next()
            user = NewUser(running.ids[name], name, name.title(), 0, HASH, roles=("security_lead",))
            running.inside(lambda work, user=user: create_user(work.session, user))
        yield running


def gate(site: Site) -> EgressGate:
    return gate_of(site.installation.workplace, site.installation.clock, "")


def context(site: Site) -> Context:
    return Context(Principal(0, "flows", frozenset(), service="flows"), site.installation.clock.now(), cause="flows")


def refused(site: Site, destination: str, level: str = "G4") -> EgressRefused:
    asked = EgressRequest(
        destination,
        "POST",
        "/x",
        "operation",
        level,
        body=b"secret 13800138000",
        about=Payload(fields=("customer.name",)),
    )
    with pytest.raises(EgressRefused) as caught:
        gate(site).send(context(site), asked)
    return caught.value


def state(site: Site, circuit: Circuit) -> State | None:
    found = site.installation.database.read(lambda session: switch_of(session, circuit))
    return found.standing.state if found else None


def act(site: Site, person: str, **form: str) -> tuple[int, str]:
    answer = site.client(person).post(HERE, data=form)
    return answer.status_code, answer.text


def test_a_block_opens_the_breaker_and_leaves_a_ticket_and_an_entry_without_a_value(site: Site) -> None:
    error = refused(site, "erp")
    assert (error.reason, state(site, ERP)) == ("level", State.OPEN)
    ticket = site.installation.database.read(open_tickets)[0]
    assert (ticket.fault.rule, ticket.fault.fields, ticket.owner.text("en")) == ("level", ("customer.name",), "IT")
    assert (ticket.due_at - ticket.opened_at).total_seconds() == 24 * 3600
    entry = site.installation.database.read(newest)[0].act
    assert (entry.action, entry.outcome) == ("egress", "refused")
    page = site.client("admin").get(HERE).text
    told = (error.message.zh, entry.subject, page)
    assert all("13800138000" not in text for text in told)
    assert "customer.name" in page and "信息部" in page
    assert refused(site, "erp").reason == "level"
    assert site.installation.database.read(open_tickets)[0].times == 2


def test_only_administrators_and_the_lead_see_the_board(site: Site) -> None:
    assert site.client("guard").get(HERE).status_code == 200
    assert site.client("li").get(HERE).status_code == 403
    assert site.client("li").post(HERE, data={"act": "kill", "reason": REASON}).status_code == 403


def test_a_breaker_closes_by_two_people_and_probes_alone(site: Site) -> None:
    refused(site, "mes")
    name = "mes operation G4"
    assert act(site, "admin", act="ask", circuit=name, reason="短")[0] == 400
    assert act(site, "guard", act="agree", circuit=name)[0] == 409, "nobody has asked"
    assert act(site, "guard", act="ask", circuit=name, reason=REASON)[0] == 303
    assert act(site, "guard", act="agree", circuit=name)[0] == 409, "the same person"
    assert act(site, "admin", act="agree", circuit=name)[0] == 403, "an administrator is no security lead"
    assert act(site, "second", act="agree", circuit=name)[0] == 303
    circuit = Circuit("mes", "operation", "G4")
    assert state(site, circuit) is State.HALF_OPEN
    status, page = act(site, "guard", act="probe", circuit=name)
    assert status == 200 and "探测没有通过" in page, "the host is not there"
    assert state(site, circuit) is State.OPEN


def test_a_ticket_closes_by_a_retest_that_passes_alone(site: Site) -> None:
    refused(site, "plm")
    ticket = re.search(r'name="ticket" value="(\w+)"', site.client("admin").get(HERE).text)
    assert ticket is not None
    status, page = act(site, "admin", act="close", ticket=ticket[1])
    assert status == 409 and "复测没有通过" in page
    assert site.installation.database.read(open_tickets)


def test_the_kill_switch_stops_files_too_and_two_people_take_it_back(site: Site) -> None:
    lead = site.client("lead")
    assert lead.get("/export/opportunity?kind=csv").status_code == 200
    last = site.installation.database.read(lambda session: recent_attempts(session, 1))[0]
    assert (last.destination, last.purpose, last.decision, last.rows) == ("device", "export", "allowed", 1)
    assert last.bytes_out > 0
    assert act(site, "admin", act="kill", reason=REASON)[0] == 303
    answer = lead.get("/export/opportunity?kind=csv")
    assert answer.status_code == 403 and "总开关" in answer.text
    entry = site.installation.database.read(newest)[0].act
    assert (entry.action, entry.outcome, entry.actor) == ("export", "refused", site.ids["lead"]), "nothing was exported"
    assert act(site, "admin", act="ask", circuit="* * *", reason=REASON)[0] == 303
    assert act(site, "guard", act="agree", circuit="* * *")[0] == 303
    assert lead.get("/export/opportunity?kind=csv").status_code == 403, "half open lets probes alone pass"
    status, page = act(site, "admin", act="probe", circuit="* * *")
    assert status == 200 and "断路器恢复" in page
    assert state(site, EVERYTHING) is State.CLOSED
    assert lead.get("/export/opportunity?kind=csv").status_code == 200


def test_a_command_beside_the_server_stops_everything_too(
    site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings, lead = site.installation.settings, site.client("lead")
    monkeypatch.setenv("DOUGONG_DATABASE", settings.database)
    command = ["--data", str(settings.data), "egress", "kill", "--json", "--reason"]
    assert main([*command, "no"]) == 1
    assert lead.get("/export/opportunity?kind=csv").status_code == 200
    capsys.readouterr()
    assert main([*command, REASON]) == 0
    by = json.loads(capsys.readouterr().out)["by"]
    assert by == ("rows" if settings.database else "egress.killed")
    assert lead.get("/export/opportunity?kind=csv").status_code == 403
    assert state(site, EVERYTHING) is State.OPEN
    assert not (settings.data / "egress.killed").exists(), "taken into the rows"
    assert act(site, "admin", act="ask", circuit="* * *", reason=REASON)[0] == 303
    assert act(site, "guard", act="agree", circuit="* * *")[0] == 303
    assert "断路器恢复" in act(site, "admin", act="probe", circuit="* * *")[1]


def test_tickets_are_told_of_at_once_at_half_time_and_when_it_is_over(site: Site) -> None:
    refused(site, "untold", "G2")
    watchman = Watchman(site.installation.workplace, site.installation.clock, "Asia/Shanghai")
    now = site.installation.clock.now()
    watchman.look(now)
    assert watchman.look(now) == 0, "told once"
    page = site.client("guard").get("/inbox?tab=notices").text
    assert "untold · G2" in page and "13800138000" not in page
    assert watchman.look(now + timedelta(days=3, hours=13)) >= 1
    assert watchman.look(now + timedelta(days=7)) >= 1
    escalated = {one.escalated for one in site.installation.database.read(open_tickets)}
    assert escalated == {OVER}


def test_a_drill_holds_and_takes_away_what_it_made(site: Site) -> None:
    before = len(site.installation.database.read(open_tickets))
    status, page = act(site, "guard", act="drill")
    assert status == 200 and "不符" not in page and page.count("符合") >= 5
    assert len(site.installation.database.read(open_tickets)) == before
    assert state(site, Circuit("drill", "drill", "G3")) is None


def test_the_board_speaks_english(site: Site) -> None:
    page = site.client("admin").get(HERE, headers={"accept-language": "en"})
    assert page.status_code == 200
