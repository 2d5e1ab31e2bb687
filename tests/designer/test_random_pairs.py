"""Random pairs of edits by two people: over HTTP one after the other, and apart from each other and merged."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from random import Random

import pytest

from designer.merging import texts as merging
from tests.conftest import KINDS, unmade_url
from tests.designer.random_commands import FILE, data_of
from tests.designer.random_pairs import Pairs, edit_of, merge_pair, overlap, stands
from tests.designer.random_texts import Maker
from tests.designer.studio_site import API, Designer
from tests.designer.workshop import Workshop, another_process, workshop

MERGED, OVER_HTTP, FAULT_WITHIN = 300, 25, 200


@pytest.fixture(params=KINDS)
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Workshop]:
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    with workshop(tmp_path, unmade_url(request.param, dsn, tmp_path)) as opened:
        yield opened


def test_no_change_of_two_is_lost_silently_when_texts_are_merged() -> None:
    tally = Pairs()
    for seed in range(MERGED):
        merge_pair(seed, tally)
    assert tally.merged > MERGED / 2
    assert tally.conflicts > MERGED / 20


def test_a_merge_in_which_the_last_one_wins_is_found(request: pytest.FixtureRequest) -> None:
    right = merging.DataMerge.merged
    request.addfinalizer(lambda: setattr(merging.DataMerge, "merged", right))
    merging.DataMerge.merged = lambda self, path, base, mine, theirs: mine  # type: ignore[method-assign]
    with pytest.raises(AssertionError):
        for seed in range(FAULT_WITHIN):
            merge_pair(seed, Pairs())


def test_two_who_edit_one_file_lose_nothing_and_each_undoes_the_own(shop: Workshop) -> None:
    ann, bo = shop.person("ann"), another_process(shop).person("bo")
    ann.does({"do": "create", "file": "shop/pack.yaml", "text": "label: Shop\n"})
    refused = 0
    for seed in range(OVER_HTTP):
        refused += pair(ann, bo, seed)
    assert refused > 0


def pair(ann: Designer, bo: Designer, seed: int) -> int:
    """One pair: what was taken stands, and after both undos the bytes are those before; how many were refused."""
    random = Random(seed)
    maker = Maker(random)
    base = maker.text(maker.data()).removeprefix("\ufeff")
    if ann.client.get(f"{API}/files/{FILE}").status_code == 200:
        ann.does({"do": "delete", "file": FILE})
    ann.does({"do": "create", "file": FILE, "text": base})
    data = data_of(base)
    first, second = (edit_of(random, maker, data) for _ in range(2))
    assert ann.tries(first)[0] == 200
    status, body = bo.tries(second)
    assert status in {200, 409, 422}, body
    final = data_of(bo.text(FILE))
    if status == 200:
        assert stands(second, final), (seed, second)
        assert stands(first, final) or overlap(first, second), (seed, first, second)
        ann_undo = ann.client.post(f"{API}/undo")
        assert ann_undo.status_code == 200 or overlap(first, second), ann_undo.text
        bo.undo()
        if ann_undo.status_code == 409:
            ann.undo()
        assert data_of(bo.text(FILE)) == data
        return 0
    assert overlap(first, second), (seed, first, second, body)
    assert stands(first, final)
    ann.undo()
    assert ann.text(FILE) == base
    return 1


def test_many_write_at_once_in_several_processes_and_every_write_is_there(shop: Workshop) -> None:
    people = [
        shop.person("ann"),
        shop.person("bo"),
        another_process(shop).person("ann"),
        another_process(shop).person("bo"),
    ]
    people[0].does({"do": "create", "file": "shop/pack.yaml", "text": "label: Shop\n"})
    people[0].does({"do": "create", "file": FILE, "text": "label: Home\nitems: []\n"})
    numbers = count(1)

    def work(one: Designer) -> list[str]:
        made = []
        for _ in range(6):
            name = f"n{next(numbers)}"
            one.does({"do": "insert", "file": FILE, "path": ["items"], "value": {"id": name, "widget": "divider"}})
            made.append(name)
        return made

    with ThreadPoolExecutor(len(people)) as pool:
        written = [name for names in pool.map(work, people) for name in names]
    state = people[0].file(FILE)
    assert sorted(one["id"] for one in state["data"]["items"]) == sorted(written)  # type: ignore[index]
    assert state["rev"] == 2 + len(written)
    entries = people[0].client.get(f"{API}/history").json()["entries"]
    assert sorted(one["seq"] for one in entries) == list(range(1, 3 + len(written)))
