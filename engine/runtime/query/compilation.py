"""A compilation: what is fixed while one statement is built, and the names it hands out."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from itertools import count

from engine.runtime.query.names import Reader
from engine.runtime.query.plan import ScopePlan

INNER_NAMES = 10_000
"""The first number of names within formulas: no formula names so many values of its own."""


@dataclass(slots=True)
class Compilation:
    """One statement under construction, for one reader and one dialect (`sqlite` or `postgres`).

    `variables` collects the request's variables that the statement needs, to be bound when it runs; `present` the aliases of
    rows that are asked as they stand now in a statement that looks at the past. `names` number values that stand within
    formulas.
    """

    reader: Reader
    dialect: str
    plan: ScopePlan = ScopePlan.SEEK
    variables: set[str] = field(default_factory=set)
    present: set[str] = field(default_factory=set)
    names: count[int] = field(default_factory=lambda: count(INNER_NAMES))
    _aliases: count[int] = field(default_factory=count)

    def alias(self) -> str:
        """A table alias that nothing else in the statement has."""
        return f"r{next(self._aliases)}"

    def use(self, variable: str) -> str:
        """Notes that the statement needs `variable`; answers the name of its parameter."""
        self.variables.add(variable)
        return parameter_of(variable)

    @property
    def looks_back(self) -> bool:
        """Whether rows are asked as they were at a moment."""
        return self.reader.context.as_of is not None


@lru_cache(maxsize=1000)
def parameter_of(variable: str) -> str:
    """The parameter that carries a variable: `user.units` is `v_user_units`."""
    return "v_" + variable.replace(".", "_").removesuffix("()")


TIMES = frozenset({"today()", "now()"})
"""Variables that are others at the moment that is looked at than now."""


def present_parameter(variable: str) -> str:
    """The parameter that carries a variable as it is now, in a statement that looks at the past."""
    return f"{parameter_of(variable)}__now"
