"""Instants are shown in the reader's zone, business dates are never shifted: a matrix of zones around the world."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from engine.runtime.identity.users import set_preferences
from engine.runtime.rows import update
from tests.conftest import KINDS, unmade_url
from tests.web.site import PASSWORD, Site, running_site

ZONES = (
    "Pacific/Kiritimati",
    "Pacific/Chatham",
    "Asia/Shanghai",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "UTC",
    "America/St_Johns",
    "America/New_York",
    "Pacific/Pago_Pago",
)
"""From fourteen hours before UTC's day to eleven behind it, with half and three quarter hours between."""
NOWS = (
    datetime(2026, 3, 8, 6, 59, tzinfo=UTC),
    datetime(2026, 3, 8, 7, 1, tzinfo=UTC),
    datetime(2026, 12, 31, 23, 30, tzinfo=UTC),
)
"""Around the hour that New York loses, and the turn of a year."""


@pytest.fixture(scope="module", params=[(kind, now) for kind in KINDS for now in NOWS], ids=str)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    kind, now = request.param
    folder = tmp_path_factory.mktemp("zones")
    dsn = request.getfixturevalue("postgres_dsn") if kind == "postgres" else None
    with running_site(folder, unmade_url(kind, dsn, folder), now) as running:
        yield running


def here(site: Site, zone: str) -> datetime:
    return site.installation.clock.now().astimezone(ZoneInfo(zone))


def in_zone(site: Site, zone: str) -> None:
    database = site.installation.database
    database.write(lambda session: set_preferences(session, site.ids["li"], "zh-CN", zone))


@pytest.mark.parametrize("zone", ZONES)
def test_a_business_date_stays_the_day_that_was_entered(site: Site, zone: str) -> None:
    in_zone(site, zone)
    client, path = site.client("li"), f"/api/records/opportunity/{site.public('acme_deal')}"
    today = here(site, zone).date()
    for day, word in ((today, "今天"), (today - timedelta(days=1), "昨天"), (today + timedelta(days=1), "明天")):
        held = client.get(path).headers["etag"]
        changed = client.patch(path, json={"opened_on": day.isoformat()}, headers={"if-match": held})
        assert changed.status_code == 200, changed.text
        assert client.get(path).json()["data"]["opened_on"] == day.isoformat()
        page = client.get(path.replace("/api/records", "/r")).text
        assert f'<time datetime="{day}">{word}</time>' in page
    stored = client.get(path).json()["data"]["opened_on"]
    for other in ZONES:
        in_zone(site, other)
        assert client.get(path).json()["data"]["opened_on"] == stored


@pytest.mark.parametrize("zone", ZONES)
def test_an_instant_is_told_by_the_clock_of_its_reader(site: Site, zone: str) -> None:
    in_zone(site, zone)
    database, now = site.installation.database, site.installation.clock.now()
    signed_in = now - timedelta(hours=30)
    client = site.client()
    client.post("/sign-in", data={"name": "li", "password": PASSWORD})
    micros = int(signed_in.timestamp()) * 1_000_000
    database.write(
        lambda session: update(session, "dougong_session", {"created_at": micros}, {"user_id": site.ids["li"]})
    )
    there, today = signed_in.astimezone(ZoneInfo(zone)), here(site, zone).date()
    assert f"{day_words(there.date(), today)} {there:%H:%M}" in client.get("/account/security").text


def day_words(day: date, today: date) -> str:
    """A day as pages tell it, written anew."""
    if day == today - timedelta(days=1):
        return "昨天"
    short = f"{day.month} 月 {day.day} 日"
    return short if day.year == today.year else f"{day.year} 年 {short}"
