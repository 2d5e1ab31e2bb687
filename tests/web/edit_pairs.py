"""Random pairs of edits of one record from one version, and what becomes of them over HTTP, against the rule as people read it."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass

from httpx2 import Response

from tests.web.site import Site

MONEY = frozenset({"amount", "budget"})
CHOICES: Mapping[str, tuple[str, ...]] = {
    "kind": ("new_business", "expansion", "replacement"),
    "source": ("web", "expo", "referral"),
    "competitor": ("huayi", "kerui", "none"),
    "close_date": ("2026-05-01", "2026-06-01", "2026-07-01"),
    "poc_on": ("2026-04-01", "2026-04-02", "2026-04-03"),
    "probability": ("0.1000", "0.4000", "0.6000"),
    "criteria": ("甲", "乙\n丙", "丁"),
    "solution": ("一", "二", "三"),
    "budget_approved": (True, False),  # type: ignore[dict-item]
    "amount": ("100.00", "200.00", "300.00"),
    "budget": ("1000.00", "2000.00", "3000.00"),
}
"""Fields that the seller and the leader may both write, with values for them."""


@dataclass
class Shared:
    """One record that both change, as the test believes it to stand."""

    site: Site
    path: str
    row: dict[str, object]

    @classmethod
    def made(cls, site: Site, name: str) -> Shared:
        body = {"name": name, "customer": site.public("acme"), "amount": "1.00"}
        answer = site.client("li").post("/api/records/opportunity", json=body)
        assert answer.status_code == 201, answer.text
        return cls(site, answer.headers["location"], answer.json()["data"])

    def patch(self, person: str, values: Mapping[str, object], version: object) -> Response:
        return self.site.client(person).patch(self.path, json=values, headers={"if-match": f'"{version}"'})

    def write_one(self, person: str, version: object, value: tuple[str, object]) -> Response:
        return self.patch(person, dict([value]), version)

    def read(self) -> dict[str, object]:
        found: dict[str, object] = self.site.client("lead").get(self.path).json()["data"]
        return found


def edit(chance: random.Random, row: Mapping[str, object]) -> dict[str, object]:
    """Some fields with values that they do not have."""
    names = chance.sample(sorted(CHOICES), chance.randint(1, 4))
    return {name: chance.choice([one for one in CHOICES[name] if one != row.get(name)]) for name in names}


def overlap(first: Mapping[str, object], second: Mapping[str, object]) -> set[str]:
    """The fields that a second edit cannot change beside a first one, by the rule as people read it."""
    both = {name for name in first.keys() & second.keys() if first[name] != second[name] or name in MONEY}
    return both | (first.keys() & MONEY if second.keys() & MONEY else set())


def disagreements(site: Site, pairs: int, seed: int) -> tuple[list[str], int]:
    """What is wrong with what became of random pairs of edits, and how many pairs overlapped."""
    chance, wrong, overlapping = random.Random(seed), [], 0
    one, other = Shared.made(site, f"甲 {seed}"), Shared.made(site, f"乙 {seed}")
    for _ in range(pairs):
        first, second = edit(chance, one.row), edit(chance, one.row)
        clash = overlap(first, second)
        overlapping += bool(clash)
        wrong += apply_pair(one, ("li", first), ("lead", second), clash)
        if not clash:
            wrong += apply_pair(other, ("lead", second), ("li", first), set())
        else:
            other.row = other.patch("li", first, other.row["version"]).json()["data"]
        wrong += [f"{name} depends on the order" for name in CHOICES if one.row.get(name) != other.row.get(name)]
        if len(wrong) > 5:
            break
    return wrong, overlapping


def apply_pair(
    shared: Shared, first: tuple[str, dict[str, object]], second: tuple[str, dict[str, object]], clash: set[str]
) -> list[str]:
    base = shared.row["version"]
    wanted = {**shared.row, **first[1]}
    assert shared.patch(*first, base).status_code == 200
    answer = shared.patch(*second, base)
    told = answer.json()
    shared.row = shared.read()
    if clash:
        wrong = [] if answer.status_code == 412 and set(told["error"]["fields"]) == clash else [f"{clash}: {told}"]
    else:
        wanted |= second[1]
        kept = set(first[1]) - set(second[1])
        wrong = [] if answer.status_code == 200 and set(told.get("merged", ())) == kept else [f"{kept}: {told}"]
    lost = [name for name in CHOICES if shared.row.get(name) != wanted.get(name)]
    return wrong + [f"{name} was lost" for name in lost]
