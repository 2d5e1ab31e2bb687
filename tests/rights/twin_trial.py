"""A trial of twins: one person asks two worlds that are alike to that person; what is answered differently is a leak."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from random import Random

from engine.model.app import AppModel
from engine.runtime.access.releases import Release, releases
from tests.rights.comparing import Compared, compare
from tests.rights.declared_rights import Declared, Person
from tests.rights.questions import Asking
from tests.rights.seeded_rows import Draw, Seeded
from tests.rights.twins import Released, released, twin_of
from tests.rights.worlds import FIRST_ROW, Ground, World

SEED = 20260302
ROWS = 7
TODAY = date(2026, 3, 2)


@dataclass(frozen=True)
class Outcome:
    """How a trial ended: what differed in the rows, how the answers compared."""

    changed: int
    added: int
    readings: Compared
    writings: Compared

    @property
    def same(self) -> int:
        return self.readings.same + self.writings.same

    @property
    def leaks(self) -> list[str]:
        return [str(one) for one in (*self.readings.differences, *self.writings.differences)]


@dataclass
class Trials:
    """Trials on the same rows under the rights of one model. `served` is another model for trials that must fail.

    `stand` is the ground with those rows: every world that begins with them is a copy of it.
    """

    ground: Ground
    model: AppModel
    seed: int
    served: AppModel | None = None
    stand: Ground = field(init=False)
    released: Sequence[Release] = field(init=False)
    draw: Draw = field(init=False)
    seeded: Seeded = field(init=False)
    declared: Declared = field(init=False)
    people: Mapping[str, Person] = field(init=False)

    def __post_init__(self) -> None:
        self.released = releases(self.model)
        self.draw = Draw(Random(self.seed), TODAY, list(self.ground.people.values()), self.ground.units)
        self.seeded = self.draw.rows(self.model, FIRST_ROW, ROWS)
        self.stand = self.ground.filled(self.seeded, self.model)
        with self.stand.world(None, self.model) as world:
            self.declared = world.declared()
            self.people = {account: world.person(account) for account in self.ground.people}

    def run(self, account: str, each: int, most: int = 10) -> Outcome:
        """One person's trial; `each` is how many questions of a kind there are at most, `most` how many leaks it takes to end it."""
        person, served = self.people[account], self.served or self.model
        self.draw.random.seed(f"{self.seed} {account}")
        other, changed, added = twin_of(self.seeded, self.declared, person, self.draw)
        asking = Asking(self.declared, person, self.seeded, changed, self.released, self.draw.random, each)
        readings, writings = asking.readings(), asking.writings(self.draw)
        with self.stand.world(None, served) as one, self.ground.world(other, served) as twin:
            self._check_alike(twin, person)
            read = compare(one, twin, account, readings, most)
            rest = most - len(read.differences)
            return Outcome(len(changed), added, read, compare(one, twin, account, writings, rest))

    def _check_alike(self, twin: World, person: Person) -> None:
        """The twin's rows, with all that was computed from them, tell the person the same cells."""
        told, told_there = self.declared.told(person), twin.declared(self.model).told(person)
        differing = {cell for cell in told.keys() | told_there.keys() if told.get(cell) != told_there.get(cell)}
        assert not differing, f"not alike: {sorted(differing)[:5]}"

    def unlisted(self, account: str) -> set[str]:
        """Computed fields and owners that tell a person of cells that the person may not read, and are in no list."""
        person = self.people[account]
        told = self.declared.told(person)
        kept: Released = released(self.declared, told)
        telling = {teller for cell in kept.cells if cell not in told for teller in kept.tellers[cell]}
        listed = {one.name for one in self.released if set(one.roles) & person.roles}
        return telling - listed
