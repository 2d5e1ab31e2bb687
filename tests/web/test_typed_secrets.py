"""What is typed into a field below its level is saved, and said: over the form and over the interface, on both databases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from tests.conftest import KINDS, unmade_url
from tests.web.site import Site, running_site

NUMBER = "11010519491231002X"
OPENED = {"opened_on": "2026-02-01"}


@pytest.fixture(scope="module", params=KINDS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("typed")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with running_site(folder, unmade_url(request.param, dsn, folder)) as running:
        yield running


def client(site: Site, language: str = "zh") -> TestClient:
    found = site.client("wang")
    found.cookies.set("dougong_language", language)
    return found


def path(site: Site) -> str:
    return f"/api/records/opportunity/{site.public('bravo_deal')}"


def written(site: Site, lesson: str, language: str = "zh") -> list[str]:
    """What the interface says of a lesson that was written down."""
    asking = client(site, language)
    version = asking.get(path(site)).json()["data"]["version"]
    answer = asking.patch(path(site), json={"lesson": lesson, **OPENED}, headers={"if-match": f'"{version}"'})
    assert answer.status_code == 200, answer.text
    assert asking.get(path(site)).json()["data"]["lesson"] == lesson, "it is saved as it was typed"
    warnings: list[str] = answer.json().get("warnings", [])
    return warnings


def test_a_number_of_a_person_in_a_plain_text_is_saved_and_said(site: Site) -> None:
    said = written(site, f"客户提供了身份证{NUMBER}用于登记")
    assert len(said) == 1
    assert "「复盘」里像是有身份证或其他证件号（G4），这个字段只定为 G1" in said[0]
    assert NUMBER not in said[0]
    assert "resident id" in written(site, f"又提供了一次{NUMBER}", "en")[0]
    assert len(written(site, "请致电１３９１２３４５６７８或发邮件到 a.b@corp.example.cn")) == 2


def test_what_looks_like_it_is_not_said_and_what_stays_is_said_once(site: Site) -> None:
    assert written(site, "订单号13912345678，工单110105194912310021，产品6222021234567890") == []
    assert written(site, "请致电13912345678")
    asking = client(site)
    version = asking.get(path(site)).json()["data"]["version"]
    answer = asking.patch(
        path(site), json={"next_step": "报价", "next_step_on": "2026-03-09"}, headers={"if-match": f'"{version}"'}
    )
    assert answer.status_code == 200
    assert "warnings" not in answer.json(), "a text that was not changed is not spoken of again"


def test_a_field_of_that_level_takes_it_without_a_word(site: Site) -> None:
    asking = client(site)
    version = asking.get(path(site)).json()["data"]["version"]
    answer = asking.patch(
        path(site), json={"criteria": "联系13912345678", **OPENED}, headers={"if-match": f'"{version}"'}
    )
    assert answer.status_code == 200
    assert "warnings" not in answer.json()
