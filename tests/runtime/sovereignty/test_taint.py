"""A canary in any text of the application is found only where the lineage leads: in tables, indexes and files."""

from __future__ import annotations

from pathlib import Path

from tests.runtime.sovereignty.taint import canaries, plant, sightings, unexplained, use
from tests.web.site import running_site


def test_every_sighting_of_a_canary_is_explained(tmp_path: Path) -> None:
    with running_site(tmp_path, f"sqlite:///{tmp_path / 'dougong.sqlite3'}") as site:
        model = site.installation.models.current()
        words = canaries(model)
        plant(site, words)
        use(site, words, lookers=())
        found = frozenset(sightings(tmp_path, words))
    stores = {one.store for one in found}
    assert {
        "opportunity",
        "opportunity__version",
        "opportunity__search",
        "dougong_draft",
        "dougong_list_view",
    } <= stores
    assert len({one.field for one in found}) == len(words)
    assert not unexplained(model, found)
