"""The second factor over HTTP: set up, asked for, never taken twice, locked after a few wrong codes, switched off, reset."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from starlette.testclient import TestClient

from engine.application import make_application
from engine.runtime.audit import newest
from engine.runtime.database.protocol import Session
from engine.runtime.identity.tables import IDENTITY_TABLES
from engine.runtime.rows import select, update
from engine.runtime.schema.tables import Table
from tests.conftest import KINDS, FixedClock, unmade_url
from tests.web.authenticator import code_at
from tests.web.site import PASSWORD, Site, running_site

PAGE = "/account/second-factor"
RECOVERY = re.compile(r"<li><code>([A-Z0-9-]{14})</code>")


@pytest.fixture(params=KINDS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("second")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with running_site(folder, unmade_url(request.param, dsn, folder)) as running:
        yield running


def now(site: Site) -> datetime:
    return site.installation.clock.now()


def wait(site: Site, by: timedelta = timedelta(seconds=60)) -> None:
    clock = site.installation.clock
    assert isinstance(clock, FixedClock)
    clock.advance(by)


def begun(site: Site, person: str = "li") -> str:
    """A set-up begun on a person's page; the secret as the page shows it."""
    client = site.client(person)
    assert client.post(PAGE, data={"act": "begin", "current": PASSWORD}).status_code == 303
    page = client.get(PAGE).text
    assert '<svg class="qr"' in page
    found = re.search(r'<p class="secret"><code>([A-Z2-7 ]+)</code>', page)
    assert found
    assert f"secret={found[1].replace(' ', '')}" in page
    return found[1]


def switched_on(site: Site, person: str = "li") -> tuple[str, list[str]]:
    """The secret and the recovery codes of a person who has set the second factor up."""
    secret = begun(site, person)
    answer = site.client(person).post(PAGE, data={"act": "confirm", "code": code_at(secret, now(site))})
    assert answer.status_code == 200, answer.text[:300]
    codes = RECOVERY.findall(answer.text)
    assert len(set(codes)) == 10
    wait(site)
    return secret, codes


def after_password(site: Site, person: str = "li") -> TestClient:
    """A browser in which the password was right and the second step waits."""
    client = site.client()
    answer = client.post("/sign-in", data={"name": person, "password": PASSWORD, "next": "/account"})
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in/second-step?next=/account"
    assert client.get("/account").status_code == 303
    assert "6 位数字" in client.get("/sign-in/second-step").text
    return client


def second(client: TestClient, code: str) -> int:
    return client.post("/sign-in/second-step", data={"code": code, "next": "/account"}).status_code


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "94287082"), (1111111109, "07081804"), (1234567890, "89005924"), (20000000000, "65353130")],
)
def test_the_authenticator_of_these_tests_is_that_of_the_rfc(seconds: int, code: str) -> None:
    secret = base64.b32encode(b"12345678901234567890").decode()
    assert code_at(secret, datetime.fromtimestamp(seconds, UTC), digits=8) == code


def test_signing_in_asks_for_the_code_and_takes_it(site: Site) -> None:
    secret, _ = switched_on(site)
    client = after_password(site)
    assert second(client, code_at(secret, now(site))) == 303
    assert client.get("/account").status_code == 200
    assert "已启用" in client.get("/account/security").text
    assert site.client("wang").get("/account").status_code == 200


def test_a_code_of_a_step_is_taken_once(site: Site) -> None:
    secret, _ = switched_on(site)
    code = code_at(secret, now(site))
    assert second(after_password(site), code) == 303
    replayed = after_password(site)
    assert second(replayed, code) == 401
    assert second(replayed, code_at(secret, now(site), steps=-1)) == 401
    assert second(replayed, code_at(secret, now(site), steps=1)) == 303


def test_the_code_that_confirmed_the_set_up_does_not_sign_in(site: Site) -> None:
    secret = begun(site)
    code = code_at(secret, now(site))
    assert site.client("li").post(PAGE, data={"act": "confirm", "code": code}).status_code == 200
    assert second(after_password(site), code) == 401


@pytest.mark.parametrize("steps", [-3, -2, 2, 3, 40])
def test_a_code_of_another_time_is_refused(site: Site, steps: int) -> None:
    secret, _ = switched_on(site)
    wait(site, timedelta(minutes=5))
    client = after_password(site)
    assert second(client, code_at(secret, now(site), steps=steps)) == 401
    assert second(client, code_at(secret, now(site), steps=1 if steps > 0 else -1)) == 303


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "1' or '1'='1", "0" * 4000, "\u0000"])
def test_what_is_no_code_is_refused_in_words(site: Site, code: str) -> None:
    switched_on(site)
    answer = after_password(site).post("/sign-in/second-step", data={"code": code})
    assert answer.status_code == 401
    assert "验证码不正确" in answer.text


def test_wrong_codes_close_the_second_step_for_a_while_and_no_new_password_opens_it(site: Site) -> None:
    secret, _ = switched_on(site)
    client = after_password(site)
    right = code_at(secret, now(site))
    wrong = [f"{(int(right) + offset) % 1_000_000:06d}" for offset in range(1, 6)]
    assert [second(client, code) for code in wrong] == [401] * 5
    locked = client.post("/sign-in/second-step", data={"code": right})
    assert locked.status_code == 429
    assert "请求过于频繁" in locked.text
    assert second(after_password(site), right) == 429
    acts = [(one.act.action, one.act.outcome) for one in site.installation.database.read(newest)]
    assert acts.count(("second_step", "refused")) == 5
    wait(site, timedelta(minutes=16))
    assert second(after_password(site), code_at(secret, now(site))) == 303


def test_the_second_step_waits_five_minutes_and_only_in_its_own_browser(site: Site) -> None:
    secret, _ = switched_on(site)
    client, stranger = after_password(site), site.client()
    assert stranger.get("/sign-in/second-step").headers["location"] == "/sign-in"
    assert second(stranger, code_at(secret, now(site))) == 303
    assert stranger.get("/account").status_code == 303
    wait(site, timedelta(minutes=6))
    assert second(client, code_at(secret, now(site))) == 303
    assert client.get("/account").status_code == 303


def test_the_ticket_of_a_second_step_opens_one_session(site: Site) -> None:
    secret, codes = switched_on(site)
    client, thief = after_password(site), site.client()
    thief.cookies.set("dougong_second_step", client.cookies["dougong_second_step"])
    assert second(client, code_at(secret, now(site))) == 303
    assert thief.get("/sign-in/second-step").headers["location"] == "/sign-in"
    assert second(thief, codes[0]) == 303
    assert thief.get("/account").status_code == 303


def test_a_recovery_code_stands_in_once(site: Site) -> None:
    _, codes = switched_on(site)
    assert second(after_password(site), codes[0].lower().replace("-", " ")) == 303
    again = after_password(site)
    assert second(again, codes[0]) == 401
    assert second(again, codes[1]) == 303
    assert "还剩 8 / 10" in again.get(PAGE).text


def test_new_recovery_codes_end_the_old_ones(site: Site) -> None:
    secret, codes = switched_on(site)
    form = {"act": "codes", "current": PASSWORD, "code": code_at(secret, now(site))}
    fresh = RECOVERY.findall(site.client("li").post(PAGE, data=form).text)
    assert len(fresh) == 10
    assert not set(fresh) & set(codes)
    client = after_password(site)
    assert second(client, codes[0]) == 401
    assert second(client, fresh[0]) == 303


def test_switching_off_takes_the_password_and_a_code(site: Site) -> None:
    secret, _ = switched_on(site)
    client, code = site.client("li"), code_at(secret, now(site))
    for form, words in (
        ({"current": "wrong-wrong", "code": code}, "当前密码不正确"),
        ({"current": PASSWORD, "code": "000000" if code != "000000" else "000001"}, "验证码不正确"),
        ({"current": PASSWORD}, "验证码不正确"),
    ):
        answer = client.post(PAGE, data={"act": "off", **form})
        assert (answer.status_code, words in answer.text) == (422, True), form
    assert client.post(PAGE, data={"act": "off", "current": PASSWORD, "code": code}).status_code == 303
    answer = site.client().post("/sign-in", data={"name": "li", "password": PASSWORD})
    assert answer.headers["location"] == "/"


def test_beginning_takes_the_password_and_guesses_of_it_are_counted(site: Site) -> None:
    client = site.client("li")
    answers = [client.post(PAGE, data={"act": "begin", "current": f"guess-{at}"}).status_code for at in range(9)]
    assert answers == [422] * 8 + [429]
    assert client.post(PAGE, data={"act": "begin", "current": PASSWORD}).status_code == 429
    assert client.post("/account/password", data={"current": PASSWORD, "new": "a-new-long-word"}).status_code == 429
    wait(site, timedelta(minutes=16))
    assert client.post(PAGE, data={"act": "begin", "current": PASSWORD}).status_code == 303


def test_a_set_up_that_was_left_asks_for_nothing(site: Site) -> None:
    begun(site)
    assert site.client("li").post(PAGE, data={"act": "confirm", "code": "12345"}).status_code == 422
    assert site.client().post("/sign-in", data={"name": "li", "password": PASSWORD}).headers["location"] == "/"
    assert site.client("li").post(PAGE, data={"act": "leave"}).status_code == 303
    assert '<svg class="qr"' not in site.client("li").get(PAGE).text


def test_leaving_and_beginning_again_never_switch_off_what_is_on(site: Site) -> None:
    secret, _ = switched_on(site)
    client = site.client("li")
    client.post(PAGE, data={"act": "leave"})
    client.post(PAGE, data={"act": "begin", "current": PASSWORD})
    assert "secret" not in re.findall(r'<p class="(\w+)"', client.get(PAGE).text)
    assert second(after_password(site), code_at(secret, now(site))) == 303


def test_an_administrator_resets_it_and_that_is_recorded(site: Site) -> None:
    switched_on(site)
    path = f"/admin/users/{site.public('li')}"
    assert "重置两步验证" in site.client("admin").get(path).text
    assert site.client("wang").post(path, data={"act": "reset_second_factor"}).status_code == 403
    assert site.client("admin").post(path, data={"act": "reset_second_factor"}).status_code == 303
    found = site.installation.database.read(newest)[0].act
    assert (found.action, found.actor) == ("users", site.ids["admin"])
    assert found.subject == f"user={site.public('li')} act=reset_second_factor"
    assert site.client().post("/sign-in", data={"name": "li", "password": PASSWORD}).headers["location"] == "/"


def texts(session: Session, table: Table) -> list[str]:
    return [str(row) for row in select(session, table.name, [column.name for column in table.columns])]


def test_neither_secret_nor_codes_stand_anywhere_in_the_clear(site: Site) -> None:
    secret, codes = switched_on(site)
    plain = secret.replace(" ", "")
    client = after_password(site)
    typed = code_at(secret, now(site))
    second(client, typed)
    stored = [
        text for table in IDENTITY_TABLES for text in site.installation.database.read(partial(texts, table=table))
    ]
    acts = [str(one) for one in site.installation.database.read(newest)]
    everything = "\n".join([*stored, *acts])
    assert PASSWORD not in everything
    assert "'li'" in everything, "the control: what stands in the clear is found"
    raw = base64.b32decode(plain)
    for hidden in (
        plain,
        raw.hex(),
        base64.b64encode(raw).decode(),
        typed,
        *codes,
        *(one.replace("-", "") for one in codes),
    ):
        assert hidden not in everything


def test_a_secret_sealed_for_another_person_or_key_is_told_in_words(site: Site) -> None:
    switched_on(site)
    begun(site, "wang")

    def swap(session: Session) -> None:
        row = select(session, "dougong_second_factor", ("secret",), {"user_id": site.ids["wang"]})[0]
        update(session, "dougong_second_factor", {"secret": row[0]}, {"user_id": site.ids["li"]})

    site.installation.database.write(swap)
    answer = after_password(site).post("/sign-in/second-step", data={"code": "123456"})
    assert answer.status_code == 409
    assert "请联系管理员为你重置" in answer.text


def test_roles_that_demand_it_are_kept_at_its_page_until_it_is_on(site: Site) -> None:
    client = site.client("admin")
    installation = replace(
        site.installation, settings=replace(site.installation.settings, require_second_factor="administrator, finance")
    )
    strict = TestClient(make_application(installation), base_url="http://testserver", follow_redirects=False)  # type: ignore[arg-type]
    strict.cookies.update(client.cookies)
    for path in ("/admin/users", "/account", "/account/security"):
        assert strict.get(path).headers["location"] == PAGE, path
    assert strict.get("/api/records/opportunity").json()["error"]["code"] == "needs_second_factor"
    assert strict.post("/view-as", data={"role": "sales"}).status_code == 403
    assert "你的角色须使用两步验证" in strict.get(PAGE).text
    strict.post(PAGE, data={"act": "begin", "current": PASSWORD})
    found = re.search(r'<p class="secret"><code>([A-Z2-7 ]+)</code>', strict.get(PAGE).text)
    assert found
    assert strict.post(PAGE, data={"act": "confirm", "code": code_at(found[1], now(site))}).status_code == 200
    assert strict.get("/admin/users").status_code == 200
    wait(site)
    off = {"act": "off", "current": PASSWORD, "code": code_at(found[1], now(site))}
    assert strict.post(PAGE, data=off).status_code == 403
    others = TestClient(strict.app, base_url="http://testserver", follow_redirects=False)
    others.cookies.update(site.client("li").cookies)
    assert others.get("/account").status_code == 200


def test_tries_at_the_same_time_take_a_code_once(site: Site) -> None:
    secret, _ = switched_on(site)
    clients = [after_password(site) for _ in range(4)]
    code = code_at(secret, now(site))
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(partial(second, code=code), clients))
    assert sorted(answers) == [303, 401, 401, 401]
