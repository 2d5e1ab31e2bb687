"""Ways around the egress gate on real sockets: nothing reaches the sink, and every refusal leaves what it must."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from bench.prove.bypass import cases, tried
from bench.prove.bypass_world import World, bypass_world
from tests.conftest import KINDS, unmade_url
from tests.web.site import running_site

OTHER_DATABASE = "about SQLite"
CASES = [one for one in cases() if "way" in one]


@pytest.fixture(scope="module", params=KINDS)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("bypass")
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    token = "bypass-metrics-token"
    with (
        running_site(folder / "site", unmade_url(request.param, dsn, folder), metrics_token=token) as site,
        bypass_world(site, folder) as made,
    ):
        yield made


@pytest.mark.parametrize("case", CASES, ids=[str(one["id"]) for one in CASES])
def test_a_way_around_the_gate_leads_nowhere(world: World, case: Mapping[str, object]) -> None:
    found = tried(world, case)
    if found.skipped and found.skipped != OTHER_DATABASE:
        pytest.skip(found.skipped)
    assert found.wrong == ""


def test_every_case_is_built_or_says_why_not() -> None:
    listed = cases()
    assert len({str(one["id"]) for one in listed}) == len(listed) == 72
    assert [one["id"] for one in listed if ("way" in one) == ("why" in one)] == []
