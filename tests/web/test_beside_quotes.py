"""Beside the lines of a quote: capacity, substitutes and causes of complaints, from an MES and a PLM over real sockets."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

import pytest
from runtime.simulated import OtherSide, other_side

from engine.installation.served import ServedModel, pack_folders
from engine.runtime.records.loading import finish_loading, load_rows
from engine.runtime.work import Work
from packs.connectors.simulators.company import Company
from packs.connectors.simulators.factory import Factory
from tests.conftest import KINDS, FixedClock, unmade_url
from tests.web.site import NOW, Site, running_site, shipped

WORKS = Factory(Company(1), 1)
BASE, ELSE, OVER = "MAT-00008", "MAT-00061", "MAT-00035"
"""A part that is sold, what stands in for it, and what did until it was given up."""
SOURCES = ("mes_lines", "mes_weeks", "mes_routes", "plm_substitutes")

TICKETS = (
    ("complaint", "part_wear"),
    ("complaint", "design"),
    ("fault", "software"),
    ("complaint", None),
    ("complaint", "supply"),
    ("complaint", "wrong_use"),
)
"""Tickets of the part, the oldest first: of which kind, with which cause."""


@dataclass
class Works:
    """The site with a quote of one line, and both other sides."""

    site: Site
    sides: dict[str, OtherSide]
    path: str = ""

    def read(self) -> None:
        for name in SOURCES:
            form = {"source": name, "act": "run"}
            assert self.site.client("admin").post("/admin/sources", data=form).status_code == 200

    def panel(self, person: str, name: str, language: str = "zh") -> str:
        """What a panel says to a person, without tags."""
        text = self.site.client(person).get(self.path, headers={"accept-language": language}).text
        found = re.search(rf'<section id="{name}".*?</section>', text, re.DOTALL)
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[0])) if found else ""


@pytest.fixture(scope="module", params=KINDS)
def works(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Works]:
    folder = tmp_path_factory.mktemp("works")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOUGONG_SECRET_MES_KEY", "dougong-demo-key")
        patch.setenv("DOUGONG_SECRET_PLM_KEY", "dougong-demo-key")
        sides = {kind: stack.enter_context(other_side(kind)) for kind in ("mes", "plm")}
        url = unmade_url(request.param, dsn, folder)
        site = stack.enter_context(running_site(folder, url, served=reaching(sides)))
        made = Works(site, sides)
        site.inside(lambda work: fill(work, site))
        li = site.client("li")
        line = {"product": site.public(BASE), "quantity": "2", "list_price": "980"}
        body = {"customer": site.public("acme"), "opportunity": site.public("acme_deal"), "delivery_weeks": 6}
        answer = li.post("/api/records/quote", json={**body, "lines": [line]})
        assert answer.status_code == 201, answer.text
        made.path = f"/r/quote/{answer.json()['data']['id']}"
        yield made


def reaching(sides: dict[str, OtherSide]) -> ServedModel:
    """The shipped packs with destinations where the simulators stand."""
    model = shipped().current()
    there = {
        kind: replace(model.destinations[kind], scheme="http", host="localhost", port=side.port)
        for kind, side in sides.items()
    }
    served = ServedModel(pack_folders(""))
    served.serve(replace(model, destinations={**model.destinations, **there}))
    return served


def fill(work: Work, site: Site) -> None:
    for code in (BASE, ELSE, OVER):
        add(work, site, code, "product", code=code, name=code, category="spare", list_price=Decimal(980), lead_days=9)
    of = {"customer": site.ids["acme"]}
    add(
        work,
        site,
        "machine",
        "installed_equipment",
        **of,
        product=site.ids[BASE],
        serial_no="S-1",
        installed_on=NOW.date(),
    )
    for at, (kind, cause) in enumerate(TICKETS):
        day = NOW.date() - timedelta(days=10 - at)
        told = {"kind": kind, "root_cause": cause, "title": f"T{at}", "reported_on": day, "severity": "normal"}
        add(work, site, f"t{at}", "service_ticket", **of, **told, equipment=site.ids["machine"], state="closed")
    finish_loading(work, {"product", "installed_equipment", "service_ticket"})


def add(work: Work, site: Site, called: str, entity: str, /, **values: object) -> None:
    site.ids[called] = work.ids.next()
    load_rows(work, work.model.entities[entity], [(site.ids[called], values)])


def test_before_anything_is_read_the_panels_say_so_and_are_not_empty(works: Works) -> None:
    assert "还没有从MES 周产能读取过" in works.panel("li", "capacity") and "没有登记产线" in works.panel(
        "li", "capacity"
    )
    assert "没有已发布的替代料" in works.panel("li", "substitutes")
    assert "never read yet" in works.panel("li", "capacity", "en")
    works.sides["mes"].faults(error=-1)
    works.read()
    works.sides["mes"].faults()
    assert "读取过（连不上）" in works.panel("li", "capacity")
    assert "never read yet (does not answer)" in works.panel("li", "capacity", "en")


def test_the_panels_show_the_weeks_the_substitutes_and_the_causes(works: Works) -> None:
    works.read()
    began = time.perf_counter()
    capacity = works.panel("li", "capacity")
    assert time.perf_counter() - began < 1
    promised = [one for one in WORKS.weeks if one.line == "L4" and -7 < (one.monday - NOW.date()).days <= 42]
    shares = [f"{one.monday.month}/{one.monday.day} " for one in promised]
    assert len(promised) == 7 and all(one in capacity for one in shares)
    worst = max(promised, key=lambda one: one.committed / (one.committed + one.available))
    assert f"最紧 {worst.monday.month}/{worst.monday.day} 起的一周" in capacity
    share = round(100 * worst.committed / (worst.committed + worst.available), 1)
    assert f"{share.normalize():f} %" in capacity and "四线·备件" in capacity and "截至今天 09:00 · MES" in capacity
    told = works.panel("li", "substitutes")
    assert ELSE in told and OVER not in told and "处处可替" in told
    causes = works.panel("li", "causes")
    assert re.findall(r"T\d", causes) == ["T5", "T4", "T1"]
    assert "本系统，实时" in causes
    assert all(words in causes for words in ("操作不当", "来料不良", "设计缺陷")) and "部件磨损" not in causes
    english = works.panel("li", "causes", "en")
    assert "Misuse" in english and "Causes of the last three complaints" in english


def test_what_a_substitute_costs_more_is_masked_by_right(works: Works) -> None:
    found = next(one for one in WORKS.alternates if (one.base.code, one.other.code) == (BASE, ELSE))
    difference = (found.other.price - found.base.price) * Decimal("0.62")
    shown = re.compile(rf"[¥￥−-]*{abs(difference):,.2f}"[:-1])
    assert shown.search(works.panel("lead", "substitutes"))
    hidden = works.panel("li", "substitutes")
    assert ELSE in hidden and not shown.search(hidden)


def test_a_side_that_is_down_leaves_the_last_known_with_its_age(works: Works) -> None:
    clock = works.site.installation.clock
    assert isinstance(clock, FixedClock)
    works.sides["mes"].faults(error=-1)
    clock.advance(timedelta(hours=5))
    works.read()
    capacity = works.panel("li", "capacity")
    assert "MES 周产能连不上，下面是 5 小时前最后读到的" in capacity and "截至今天 09:00" in capacity
    assert "最紧" in capacity, "the last known stays"
    assert "does not answer; below is what was last read, 5 h ago" in works.panel("li", "capacity", "en")
    assert "连不上" not in works.panel("li", "substitutes")
    works.sides["mes"].faults()
    works.read()
    assert "连不上" not in works.panel("li", "capacity") and "截至" in works.panel("li", "capacity")
