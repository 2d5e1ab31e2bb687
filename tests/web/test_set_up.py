"""The first start: nobody can sign in, and who holds the code from the terminal makes the administrator; nobody else does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from engine.application import Installation, bring_up_to_date, make_application, open_installation
from engine.cli.console import Console
from engine.cli.serving import offer_set_up
from engine.runtime.audit import newest
from engine.runtime.identity.users import NewUser, all_users, create_user, hash_password
from engine.runtime.rows import select
from engine.runtime.settings import Settings
from engine.web.routes import ROUTES
from tests.conftest import KINDS, FixedClock, unmade_url
from tests.web.site import EMPTY, NOW, NURSERY, shipped

CODE = re.compile(r"\b[A-Z0-9]{4}-[A-Z0-9]{4}-[A-Z0-9]{4}\b")
GIVEN = {"name": "林海", "account": "lin_hai", "password": "a-first-password", "locale": "en", "zone": "Asia/Tokyo"}


@dataclass
class Empty:
    """An installation that has just been started for the first time, and the code on its terminal."""

    installation: Installation
    application: object
    code: str

    def client(self) -> TestClient:
        return TestClient(self.application, base_url="http://testserver", follow_redirects=False)  # type: ignore[arg-type]

    def post(self, client: TestClient | None = None, **changed: str) -> Response:
        return (client or self.client()).post("/set-up", data={"code": self.code, **GIVEN, **changed})

    def accounts(self) -> list[str]:
        return [one.account for one in self.installation.database.read(all_users)]


@dataclass(frozen=True)
class Screen(Console):
    """A terminal whose lines are kept."""

    lines: list[str] = field(default_factory=list)

    def say(self, zh: str, en: str) -> None:
        self.lines.append(en)


def offered(installation: Installation) -> list[str]:
    """The codes that starting the server prints."""
    screen = Screen(json=False, language="en")
    offer_set_up(installation, screen)
    return CODE.findall("\n".join(screen.lines))


@pytest.fixture(params=KINDS)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Empty]:
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    url = unmade_url(request.param, dsn, tmp_path)
    settings = Settings(data=tmp_path / "data", database=url if request.param == "postgres" else "", rate_limit=100_000)
    EMPTY.place(settings.data, settings.database)
    installation = open_installation(settings, FixedClock(NOW), shipped())
    bring_up_to_date(installation)
    (code,) = offered(installation)
    application = make_application(installation, nursery=NURSERY)
    with TestClient(application):
        yield Empty(installation, application, code)


def test_every_page_leads_to_the_set_up_and_the_interface_says_so(empty: Empty) -> None:
    client = empty.client()
    for route in ROUTES:
        path = re.sub(r"\{\w+\}", "opportunity", route.path)
        for method in route.methods:
            answer = client.request(method, path)
            if route.before_set_up:
                assert answer.status_code != 503, path
            elif path.startswith("/api/"):
                assert answer.status_code == 503, path
                assert answer.json()["error"]["code"] == "not_set_up"
                assert "设置码" in answer.json()["error"]["message"]
            else:
                assert (answer.status_code, answer.headers["location"]) == (303, "/set-up"), path
    assert client.get("/api/records/opportunity", headers={"authorization": "Bearer dg_x"}).status_code == 503
    for language, words in (("zh", "建立第一位管理员"), ("en", "Make the first administrator")):
        client.cookies.set("dougong_language", language)
        assert words in client.get("/set-up").text


def test_the_code_makes_an_administrator_once(empty: Empty) -> None:
    client = empty.client()
    answer = empty.post(client, code=empty.code.lower().replace("-", " "))
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert client.get("/admin/users").status_code == 200
    assert "Lin" not in client.get("/account").text
    assert 'value="Asia/Tokyo"' in client.get("/account").text
    assert '<html lang="en"' in client.get("/account").text
    (user,) = empty.installation.database.read(all_users)
    assert (user.account, user.name, user.locale, user.zone, user.demo) == (
        "lin_hai",
        "林海",
        "en",
        "Asia/Tokyo",
        False,
    )
    assert empty.post(account="second").status_code == 404
    assert empty.client().get("/set-up").headers["location"] == "/"
    assert empty.client().get("/").headers["location"].startswith("/sign-in")
    assert empty.accounts() == ["lin_hai"]
    assert offered(empty.installation) == []
    acts = [(one.act.action, one.act.outcome, one.act.subject) for one in empty.installation.database.read(newest)]
    assert acts[-1] == ("set_up", "done", "account=lin_hai")


@pytest.mark.parametrize("code", ["", "AAAA-AAAA-AAAA", "x" * 5000, "' or 1=1 --", "\u0000", "字"])
def test_a_wrong_code_makes_nobody(empty: Empty, code: str) -> None:
    answer = empty.post(code=code)
    assert answer.status_code == 422
    assert "设置码不正确" in answer.text
    assert GIVEN["password"] not in answer.text
    assert empty.accounts() == []


def test_guessing_the_code_closes_the_set_up_for_a_while(empty: Empty) -> None:
    answers = [empty.post(code=f"AAAA-AAAA-AAA{at}").status_code for at in range(8)]
    assert answers == [422] * 8
    assert empty.post().status_code == 429
    assert empty.accounts() == []
    clock = empty.installation.clock
    assert isinstance(clock, FixedClock)
    clock.advance(timedelta(minutes=16))
    assert empty.post().status_code == 303


def test_a_code_ends_by_time(empty: Empty) -> None:
    clock = empty.installation.clock
    assert isinstance(clock, FixedClock)
    clock.advance(timedelta(days=8))
    assert empty.post().status_code == 422
    (fresh,) = offered(empty.installation)
    assert empty.post(code=fresh).status_code == 303


def test_the_code_is_stored_as_a_hash_alone(empty: Empty) -> None:
    names = ("ticket", "purpose")
    rows = empty.installation.database.read(lambda session: select(session, "dougong_ticket", names))
    assert len(rows) == 1
    assert "set_up" in str(rows), "the control: what stands there is found"
    assert empty.code not in str(rows)
    assert empty.code.replace("-", "") not in str(rows)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"password": "short"}, "密码至少 10 位"),
        ({"account": "Lin Hai!"}, "账号用小写字母"),
        ({"account": ""}, "请填写账号"),
        ({"name": " "}, "请填写名称"),
        ({"zone": "Mars/Base"}, "没有这个时区"),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_the_code_stays_good(
    empty: Empty, changed: dict[str, str], words: str
) -> None:
    answer = empty.post(**changed)
    assert answer.status_code in {400, 422}
    assert words in answer.text
    assert f'value="{empty.code}"' in answer.text
    assert empty.accounts() == []
    assert empty.post().status_code == 303


def test_demo_accounts_are_nobody_outside_a_demonstration(empty: Empty) -> None:
    """A demonstration that is served for real keeps its well-known password outside, and asks for an administrator."""
    new = NewUser(7, "demo_admin", "Demo", 0, hash_password("dougong-demo"), roles=("administrator",), demo=True)
    empty.installation.database.write(lambda session: create_user(session, new))
    assert len(offered(empty.installation)) == 1
    settings = replace(empty.installation.settings, demo=True)
    shown = TestClient(
        make_application(replace(empty.installation, settings=settings)),  # type: ignore[arg-type]
        base_url="http://testserver",
        follow_redirects=False,
    )
    given = {"name": "demo_admin", "password": "dougong-demo"}
    assert shown.post("/sign-in", data=given).headers["location"] == "/", "the control: in a demonstration they sign in"
    real = empty.client()
    real.cookies.update(shown.cookies)
    assert real.get("/admin/users").headers["location"] == "/set-up"
    assert empty.post().status_code == 303
    assert empty.client().post("/sign-in", data=given).status_code == 401
    assert real.get("/admin/users").headers["location"].startswith("/sign-in")
