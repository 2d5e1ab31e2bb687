"""Behind a proxy: whom the limits and the log count, what a false header is worth, what HTTPS changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from engine.runtime.audit import newest
from engine.runtime.live_settings import LiveSettings
from engine.runtime.settings import BadSetting, settings_from
from engine.web.front import Front
from engine.web.gate import Gate
from engine.web.proxies import client_address, networks_of
from tests.web.site import PASSWORD, Site, running_site

TRUSTED = networks_of("127.0.0.1, ::1, 10.1.0.0/16")


@pytest.mark.parametrize(
    ("peer", "forwarded", "found"),
    [
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("203.0.113.1", "198.51.100.7", "203.0.113.1"),
        ("127.0.0.1", "6.6.6.6, 203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "203.0.113.9, 10.1.2.3", "203.0.113.9"),
        ("10.1.9.9", "203.0.113.9:51234", "203.0.113.9"),
        ("::1", "2001:db8::5", "2001:db8::5"),
        ("::1", "[2001:db8::5]:443", "2001:db8::5"),
        ("127.0.0.1", "nonsense", "127.0.0.1"),
        ("127.0.0.1", "nonsense, 203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "203.0.113.9, ' OR 1=1", "127.0.0.1"),
        ("127.0.0.1", "10.1.0.1, 10.1.0.2", "10.1.0.1"),
        ("testclient", "203.0.113.9", "testclient"),
    ],
)
def test_only_a_trusted_proxy_says_who_asked(peer: str, forwarded: str, found: str) -> None:
    assert client_address(peer, forwarded, TRUSTED) == found


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with running_site(tmp_path, "") as running:
        yield running


def behind(site: Site, peer: str, **settings: object) -> TestClient:
    """A client whose requests come from `peer`."""
    front = site.application
    assert isinstance(front, Front)
    live = LiveSettings(replace(site.installation.settings, **settings))  # type: ignore[arg-type]
    gate = Gate(lambda: live.current().rate_limit, live.current().external_url)
    made = replace(front, site=replace(front.site, live=live), gate=gate)
    return TestClient(made, base_url="https://crm.example.com", client=(peer, 1), follow_redirects=False)


@pytest.mark.one_database
def test_the_limit_counts_people_behind_the_proxy_apart(site: Site) -> None:
    proxy = behind(site, "127.0.0.1", rate_limit=3)
    for address in ("203.0.113.1", "203.0.113.2"):
        statuses = [proxy.get("/sign-in", headers={"x-forwarded-for": address}).status_code for _ in range(4)]
        assert statuses == [200, 200, 200, 429]
    liar = behind(site, "198.51.100.9", rate_limit=3)
    statuses = [liar.get("/sign-in", headers={"x-forwarded-for": f"203.0.113.{n}"}).status_code for n in range(4)]
    assert statuses == [200, 200, 200, 429]


@pytest.mark.one_database
def test_the_audit_log_names_who_asked_not_the_proxy(site: Site) -> None:
    proxy = behind(site, "127.0.0.1")
    form = {"name": "li", "password": PASSWORD}
    assert proxy.post("/sign-in", data=form, headers={"x-forwarded-for": "203.0.113.77"}).status_code == 303
    assert site.installation.database.read(newest)[0].act.address == "203.0.113.77"


@pytest.mark.one_database
def test_by_https_cookies_are_secure_and_forms_of_other_sites_are_refused(site: Site) -> None:
    proxy = behind(site, "127.0.0.1", external_url="https://crm.example.com")
    answer = proxy.post(
        "/sign-in", data={"name": "li", "password": PASSWORD}, headers={"origin": "https://crm.example.com"}
    )
    assert answer.status_code == 303
    assert "Secure" in answer.headers["set-cookie"]
    assert proxy.post("/sign-in", data={}, headers={"origin": "https://evil.example"}).status_code == 403
    plain = behind(site, "127.0.0.1").post("/sign-in", data={"name": "li", "password": PASSWORD})
    assert "Secure" not in plain.headers["set-cookie"]


@pytest.mark.one_database
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("EXTERNAL_URL", "crm.example.com"),
        ("EXTERNAL_URL", "https://crm.example.com/app"),
        ("EXTERNAL_URL", "ftp://crm.example.com"),
        ("TRUSTED_PROXIES", "proxy.internal"),
        ("TRUSTED_PROXIES", "10.0.0.0/99"),
    ],
)
def test_a_value_that_cannot_be_is_refused_at_the_start(name: str, value: str) -> None:
    with pytest.raises(BadSetting) as refused:
        settings_from({f"DOUGONG_{name}": value})
    assert f"DOUGONG_{name}" in refused.value.message.en
    assert settings_from({"DOUGONG_EXTERNAL_URL": "https://crm.example.com/"}).external_url == "https://crm.example.com"
