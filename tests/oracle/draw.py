"""Draws: random rights and rows from one seed. Every text and every amount that is drawn is found by its look in any answer."""

from __future__ import annotations

import re
from decimal import Decimal
from random import Random

from tests.oracle.definitions import CITIES, STAGES
from tests.oracle.naive import ACTIONS, BOSS, ROLES, Rights, Row, Rule

GUARDED = {
    "a": ("name", "phone", "stage", "state", "b", "n", "secret", "total"),
    "b": ("name", "city", "cost"),
    "p": ("text", "price"),
}
UNMASKED = frozenset({"stage", "state", "b"})
CANARY = re.compile(r"Q[a-z]{5}|(?<![0-9])13[0-9]{9}(?![0-9])|(?<![0-9,.])1?[4-8],?[0-9]{3}\.[0-9]{2}(?![0-9])")
"""What every drawn text, phone and amount looks like, as JSON, sheets and pages write it."""
LETTERS = "bcdfghjkmnpqrstvwxz"


class Draw:
    """Random definitions and rows."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self._used: set[object] = set()

    def word(self) -> str:
        return self._new(lambda: "Q" + "".join(self.random.choices(LETTERS, k=5)))

    def phone(self) -> str:
        return self._new(lambda: "13" + "".join(self.random.choices("0123456789", k=9)))

    def amount(self) -> Decimal:
        return self._new(lambda: Decimal(self.random.randrange(700_000, 900_000)).scaleb(-2))

    def _new(self, make):  # type: ignore[no-untyped-def]
        while (made := make()) in self._used:
            pass
        self._used.add(made)
        return made

    def maybe(self, value: object) -> object:
        return None if self.random.random() < 0.15 else value

    def rule(self, of: str, depth: int = 0) -> Rule:
        if depth < 2 and self.random.random() < 0.35:
            return (self.random.choice(("and", "or")), self.rule(of, depth + 1), self.rule(of, depth + 1))
        plain: list[Rule] = [("units",)]
        if of == "p":
            plain.append(("whole", self.random.choice(STAGES)))
        else:
            plain.append(("own",))
        if of == "a":
            plain += [("stage", self.random.choice(STAGES)), ("city", self.random.choice(CITIES)), ("big", 7900)]
        return self.random.choice(plain)

    def rights(self) -> Rights:
        grants: list[tuple[str, str, frozenset[str], Rule | None]] = []
        for of in ("a", "b"):
            grants.append((of, BOSS, frozenset(ACTIONS), None))
            for role in ROLES:
                for _ in range(self.random.choice((0, 1, 1, 2))):
                    more = self.random.sample(ACTIONS, self.random.choice((0, 1, 2, 4)))
                    actions = frozenset(more) | (frozenset({"read"}) if self.random.random() < 0.85 else frozenset())
                    rows = None if self.random.random() < 0.25 else self.rule(of)
                    actions -= frozenset() if of == "a" else {"transition"}
                    if actions:
                        grants.append((of, role, actions, rows))
        rules: list[tuple[str, str, str, str, Rule | None]] = []
        for of, names in GUARDED.items():
            for name in names:
                if self.random.random() < 0.5:
                    continue
                rules.append((of, name, BOSS, "read" if name in ("state", "total") else "write", None))
                for _ in range(self.random.choice((1, 2, 3))):
                    kinds = ["read", "none", "mask", "write"]
                    if name in UNMASKED:
                        kinds.remove("mask")
                    if name in ("state", "total"):
                        kinds.remove("write")
                    when = None if self.random.random() < 0.4 else self.rule(of)
                    rules.append((of, name, self.random.choice(ROLES), self.random.choice(kinds), when))
        return Rights(tuple(grants), tuple(rules))

    def firm(self, units: tuple[int, ...], users: tuple[int, ...]) -> Row:
        return {
            "name": self.maybe(f"客{self.word()}"),
            "city": self.maybe(self.random.choice(CITIES)),
            "cost": self.maybe(self.amount()),
            "owner": self.maybe(self.random.choice(users)),
            "unit": self.maybe(self.random.choice(units)),
        }

    def deal(self, units: tuple[int, ...], users: tuple[int, ...], firms: tuple[int, ...]) -> Row:
        return {
            "name": self.maybe(self.random.choice(("单", "Press ")) + self.word()),
            "phone": self.maybe(self.phone()),
            "stage": self.maybe(self.random.choice(STAGES)),
            "state": "new",
            "b": self.maybe(self.random.choice(firms)),
            "owner": self.maybe(self.random.choice(users)),
            "unit": self.maybe(self.random.choice(units)),
            "n": self.maybe(self.amount()),
            "secret": self.maybe(self.amount()),
        }

    def line(self, deals: tuple[int, ...]) -> Row:
        return {"a": self.random.choice(deals), "text": self.word(), "price": self.maybe(self.amount())}
