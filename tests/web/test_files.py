"""Files of records over HTTP: kept as they are, never a page of ours, gone when removed, out of others' reach."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.conftest import KINDS, unmade_url
from tests.web.site import Site, running_site

SCRIPT = b"<script>alert(1)</script>\x00\xff"


@pytest.fixture(scope="module", params=KINDS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("files")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with running_site(folder, unmade_url(request.param, dsn, folder)) as running:
        yield running


def upload(site: Site, person: str, name: str, content: bytes) -> int:
    path = f"/r/customer/{site.public('acme')}/files"
    return site.client(person).post(path, files={"file": (name, content)}).status_code


def links(site: Site, person: str = "lead") -> list[str]:
    page = site.client(person).get(f"/r/customer/{site.public('acme')}").text
    return re.findall(r'href="(/files/\w+)"', page)


def test_a_file_comes_back_byte_for_byte_as_a_download(site: Site) -> None:
    assert upload(site, "lead", "../合同 <b>.html", SCRIPT) == 303
    answer = site.client("lead").get(links(site)[-1])
    assert answer.content == SCRIPT
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith("attachment; filename*=UTF-8''")
    assert "/" not in answer.headers["content-disposition"].partition("''")[2]
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_file_of_a_row_out_of_scope_is_not_there(site: Site) -> None:
    upload(site, "lead", "a.txt", b"a")
    link = links(site)[-1]
    assert site.client("wang").get(link).status_code == 404
    assert site.client("wang").post(f"{link}/delete").status_code == 404
    assert upload(site, "wang", "b.txt", b"b") == 404
    assert site.client().get(link).status_code == 303


def test_who_may_read_alone_neither_adds_nor_removes(site: Site) -> None:
    upload(site, "lead", "kept.txt", b"kept")
    link = links(site)[-1]
    assert site.client("audit").get(link).status_code == 200
    assert site.client("audit").post(f"{link}/delete").status_code == 403
    assert upload(site, "audit", "b.txt", b"b") == 403


def test_a_removed_file_is_gone(site: Site) -> None:
    upload(site, "lead", "gone.txt", b"gone")
    link = links(site)[-1]
    assert site.client("lead").post(f"{link}/delete").status_code == 303
    assert link not in links(site)
    assert site.client("lead").get(link).status_code == 404


def test_an_empty_file_or_none_is_refused_in_words(site: Site) -> None:
    path = f"/r/customer/{site.public('acme')}/files"
    assert upload(site, "lead", "empty.txt", b"") == 422
    answer = site.client("lead").post(path, data={})
    assert answer.status_code == 400
    assert "请选择文件" in answer.text
