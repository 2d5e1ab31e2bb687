"""The audit log: what leaves an entry, and that nobody alters the chain unseen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from engine.runtime.audit import AUDIT, HEAD, Act, AuditEntry, append, newest
from engine.runtime.audit_chain.sealing import Sealer, read_head, seal_all
from engine.runtime.audit_chain.verifying import first_broken
from engine.runtime.database.protocol import Session
from engine.runtime.rows import delete, update
from tests.conftest import KINDS, unmade_url
from tests.web.site import Site, running_site


@pytest.fixture(scope="module", params=KINDS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("audit")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with running_site(folder, unmade_url(request.param, dsn, folder)) as running:
        yield running


def entries(site: Site) -> list[AuditEntry]:
    return site.installation.database.read(newest)


def seal(site: Site) -> None:
    """What the serving process does every second."""
    database, now = site.installation.database, site.installation.clock.now()
    head = database.read(read_head)
    sealer = Sealer(head.holder if head else "", site.installation.workplace.key)
    while database.read(lambda session: newest(session, limit=1))[0].position == 0:
        seal_all(database, sealer, now)


def broken(site: Site) -> int | None:
    workplace = site.installation.workplace
    return workplace.database.read(partial(first_broken, key=workplace.key))


def test_signing_in_and_failing_to_leave_entries(site: Site) -> None:
    site.client().post("/sign-in", data={"name": "li", "password": "wrong-wrong"})
    assert (entries(site)[0].act.action, entries(site)[0].act.outcome) == ("sign_in", "refused")
    site.client("li")
    newest_act = entries(site)[0].act
    assert (newest_act.action, newest_act.outcome, newest_act.actor) == ("sign_in", "done", site.ids["li"])
    assert "wrong" not in "".join(one.act.subject for one in entries(site))


def test_looking_through_a_role_is_recorded_at_both_ends(site: Site) -> None:
    admin = site.client("admin")
    for role in ("sales", ""):
        assert admin.post("/view-as", data={"role": role}).status_code == 303
    leaving, entering = entries(site)[:2]
    assert (entering.act.action, entering.act.subject) == ("view_as", "role=sales")
    assert leaving.act.viewing_as == "sales"


def test_an_export_is_recorded_and_a_refused_one_is_not_done(site: Site) -> None:
    assert site.client("lead").get("/export/opportunity?kind=csv").status_code == 200
    found = entries(site)[0].act
    assert (found.action, found.subject, found.actor) == (
        "export",
        "entity=opportunity kind=csv rows=1",
        site.ids["lead"],
    )
    assert site.client("admin").get("/export/nothing").status_code == 404
    assert entries(site)[0].act.actor != site.ids["admin"]


def test_changes_of_people_are_recorded_without_the_links_that_they_make(site: Site) -> None:
    user = site.public("money")
    answer = site.client("admin").post(f"/admin/users/{user}", data={"act": "link"})
    assert answer.status_code == 200
    found = entries(site)[0].act
    assert (found.action, found.subject) == ("users", f"user={user} act=link")


def test_the_page_shows_entries_and_whether_the_chain_holds(site: Site) -> None:
    seal(site)
    for language, words in (("zh", ("审计链完整", "待封存", "没有外部的锚")), ("en", ("The chain holds", "Unsealed"))):
        site.client("admin").cookies.set("dougong_language", language)
        page = site.client("admin").get("/admin/audit")
        assert page.status_code == 200
        assert all(one in page.text for one in words)
    assert site.client("li").get("/admin/audit").status_code == 403


def test_a_long_chain_is_verified_from_a_signed_head_on_and_the_page_says_so(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the page costs must not grow with the log: an old entry that was altered is told by the command."""
    monkeypatch.setattr("engine.web.audit_page.VERIFIED_HERE", 1)
    seal(site)
    trusted = entries(site)[0].position
    site.client("lead").get("/export/opportunity?kind=csv")
    seal(site)
    client = site.client("admin")
    client.cookies.set("dougong_language", "en")
    page = client.get("/admin/audit").text
    assert f"behind the head signed at entry {trusted}" in page
    assert "dougong audit verify" in page
    assert "every entry seals the one before" not in page


def test_acts_at_the_same_time_make_one_chain(site: Site) -> None:
    workplace = site.installation.workplace
    act = Act(workplace.database.read(newest)[0].act.at, "export")
    seal(site)
    before = entries(site)[0].position

    def record(_: int) -> None:
        workplace.database.write(partial(append, ids=workplace.ids, act=act))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(record, range(40)))
    seal(site)
    assert entries(site)[0].position == before + 40
    assert broken(site) is None


@pytest.mark.parametrize(
    "spoil",
    [
        lambda session: update(session, AUDIT, {"actor": 7}, {"position": 2}),
        lambda session: delete(session, AUDIT, {"position": 2}),
        lambda session: update(session, AUDIT, {"position": 100_000}, {"position": 2}),
        lambda session: delete(session, AUDIT, {"position >": 3}),
        lambda session: update(session, HEAD, {"length": 1}, {"id": 1}),
    ],
    ids=["altered", "removed", "moved", "cut", "head"],
)
def test_an_altered_chain_is_found(site: Site, spoil: Callable[[Session], object]) -> None:
    class Undone(Exception):
        pass

    seal(site)
    workplace = site.installation.workplace
    found: list[int | None] = []

    def act(session: Session) -> None:
        spoil(session)
        found.append(first_broken(session, workplace.key))
        raise Undone

    with pytest.raises(Undone):
        workplace.database.write(act)
    assert found[0] is not None
    assert broken(site) is None
