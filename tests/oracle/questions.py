"""Questions: what every surface's questions share. An answer is compared cell by cell, and looked through for anything else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random

from engine.runtime.identifiers import encode_id
from tests.oracle.definitions import CITIES
from tests.oracle.draw import CANARY
from tests.oracle.naive import ABSENT, FIELDS, MASK, TEXTS, TITLES, Naive, Person, Row
from tests.oracle.serving import Answer, Seen

LABEL = re.compile(r"(?:字|Lab )([abp])_([a-z]+)")
REQUEST_ID = re.compile(r"[0-9a-f]{16}")
MONEY = frozenset({"n", "secret", "total", "cost", "price"})
REFERENCES: Mapping[str, str] = {"b": "b", "a": "a", "owner": "user", "unit": "unit"}
BUILT_IN = frozenset({"id", "version", "@masked", "created_at", "created_by", "updated_at", "updated_by", "scope_unit"})
BUILT_IN_TITLES = frozenset({"created_by.@title", "updated_by.@title", "scope_unit.@title"})
Path = tuple[str, ...]
NO_SUCH = "nothing_like_it"


class Mismatch(AssertionError):
    """The product and the naive evaluator disagree."""


@dataclass
class Oracle:
    """One served world, the questions asked so far, and who sees what at the moment."""

    seen: Seen
    random: Random
    checks: int = 0
    asked: dict[str, int] = field(default_factory=dict)
    _visible: dict[str, frozenset[str]] = field(default_factory=dict)

    @property
    def naive(self) -> Naive:
        return self.seen.naive

    def changed(self) -> None:
        """Rights or rows are not what they were."""
        self._visible.clear()

    def expect(self, holds: object, what: str, *told: object) -> None:
        """One check."""
        self.checks += 1
        if not holds:
            raise Mismatch(f"{what}: " + "; ".join(str(one) for one in told))

    def ask(
        self,
        person: Person,
        method: str,
        path: str,
        released: bool = False,
        definitions: bool = False,
        **given: object,
    ) -> Answer:
        """A request whose answer is looked through for values and labels that the person may not see.

        An answer that holds text of the definitions may name a city that stands in a rule.
        """
        answer = self.seen.ask(person, method, path, **given)  # type: ignore[arg-type]
        asked = f"{person.name} {method} {path} {given}"
        self.expect(answer.status < 500, "crash", asked, answer.text[:300])
        self.look_through(person, answer.text, asked + ("".join(CITIES) if definitions else ""), sums=released)
        return answer

    def look_through(self, person: Person, text: str, asked: str, sums: bool = False) -> None:
        """No value or label that is not the person's to see; `sums` leaves amounts out, for figures that are released."""
        visible = self.visible(person)
        for found in set(CANARY.findall(text)):
            value = found.replace(",", "")
            if sums and value[0].isdigit():
                continue
            self.expect(value in visible or value in asked or not self.known(value), "leak", found, asked)
        for entity, name in set(LABEL.findall(text)):
            there = name in FIELDS[entity]
            self.expect(not there or self.may_name(person, entity, name), "leak of a label", entity, name, asked)

    def known(self, value: str) -> bool:
        """Whether a value stands in a cell, now or before, and not merely is a figure that looks like one."""
        return value in self.everything

    @property
    def everything(self) -> frozenset[str]:
        key = "*"
        if key not in self._visible:
            values = {
                one
                for entity, rows in self.naive.rows.items()
                for row in rows.values()
                for name in FIELDS[entity]
                for one in (row[name], *(v for _, *both in row["history"] for v in both))  # type: ignore[attr-defined]
            }
            self._visible[key] = looks(values)
        return self._visible[key]

    def visible(self, person: Person) -> frozenset[str]:
        if person.name not in self._visible:
            self._visible[person.name] = looks(set(self.naive.visible_values(person)))
        return self._visible[person.name]

    def may_name(self, person: Person, entity: str, name: str) -> bool:
        acts = any(self.naive.granted(entity, person, action) for action in ("read", "create"))
        return acts and self.naive.right(entity, name, None, person) != "none"

    def pick_row(self, entity: str, deleted: bool | None = False) -> tuple[int, Row]:
        rows = [
            (id, row) for id, row in self.naive.rows[entity].items() if deleted is None or row["deleted"] is deleted
        ]
        return self.random.choice(rows)

    def check_record(
        self, entity: str, person: Person, body: Mapping[str, object], paths: list[Path], told: str
    ) -> None:
        """Every cell of a record, and that nothing else is in it."""
        row = self.naive.rows[entity][self.id_of(entity, str(body["id"]), told)]
        masked, expected = set(), {"id", "version", "@masked"}
        for path in paths:
            state, value = self.naive.cell(entity, row, path, person)
            key = ".".join(path)
            if path[-1] in REFERENCES:
                expected |= self._check_title(entity, row, path, person, body, masked)
            if state == ABSENT:
                continue
            expected.add(key)
            text = path[-1] in TEXTS[entity_at(entity, path)]
            shown = (value if text else "***") if state == MASK else as_json(path[-1], value)
            if state == MASK:
                masked.add(key)
            self.expect(key in body and body[key] == shown, "cell", told, key, body.get(key, "nothing"), "for", shown)
        self.expect(body.keys() <= expected, "surplus keys", told, body.keys() - expected)
        self.expect(set(body.get("@masked", ())) == masked, "masked", told, body.get("@masked"), "for", masked)  # type: ignore[call-overload]

    def _check_title(
        self, entity: str, row: Row, path: Path, person: Person, body: Mapping[str, object], masked: set[str]
    ) -> set[str]:
        """The title beside a reference."""
        target = REFERENCES[path[-1]]
        key = ".".join((*path, "@title"))
        if target in ("user", "unit"):
            _, value = self.naive.cell(entity, row, path, person)
            names = self.seen.users if target == "user" else self.seen.units
            self.expect(body.get(key) == (names[value] if value is not None else None), "name", key, body.get(key))  # type: ignore[index]
            return {key}
        titled = (*path, TITLES[target])
        if not self.naive.named(entity, titled, person):
            self.expect(key not in body, "title of a hidden field", key)
            return set()
        state, value = self.naive.cell(entity, row, titled, person)
        if state == ABSENT:
            self.expect(key not in body, "title out of reach", key, body.get(key))
            return set()
        if state == MASK:
            masked.add(key)
        self.expect(body.get(key) == value, "title", key, body.get(key), "for", value)
        return {key}

    def id_of(self, entity: str, public: str, told: str) -> int:
        found = next((id for id in self.naive.rows[entity] if encode_id(id) == public), None)
        self.expect(found is not None, "an unknown row", told, public)
        assert found is not None
        return found


def entity_at(entity: str, path: Path) -> str:
    """The entity whose field a path ends at."""
    for name in path[:-1]:
        entity = REFERENCES[name]
    return entity


def as_json(name: str, value: object) -> object:
    """A value as the interface writes it."""
    if value is None:
        return None
    if isinstance(value, Decimal):
        return format(value, "f")
    return encode_id(value) if name in REFERENCES and isinstance(value, int) else value


def looks(values: set[object]) -> frozenset[str]:
    """What values look like in answers."""
    return frozenset(
        found
        for value in values
        if value is not None
        for found in CANARY.findall(format(value, "f") if isinstance(value, Decimal) else str(value))
    )


def without_id(text: str) -> str:
    """An answer without what is different in every one."""
    return REQUEST_ID.sub("ID", text)


def code_of(answer: Answer) -> str:
    return str(answer.json["error"]["code"])
