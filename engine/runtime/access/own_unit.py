"""Own unit: whom a part's rows are for, told by the unit of each row itself, which is always that of its whole."""

from __future__ import annotations

from dataclasses import replace

from engine.model.rollup_splits import SCOPE_UNIT
from engine.runtime.access.decisions import Allow, When, Whole


def by_own_unit(access: Allow) -> Allow | None:
    """A decision that looks at no row but the one at hand: the same one, but for a part the rule of its whole on the part's own
    unit. None where that rule looks at anything else of the whole.

    It holds for living rows of an entity whose `part_of` gives it its unit: they live no longer than their whole.
    """
    if not isinstance(access.rows, Whole):
        return access
    whole = by_own_unit(access.rows.access)
    if whole is None or (isinstance(whole.rows, When) and not _of_unit_alone(whole.rows)):
        return None
    return replace(access, rows=whole.rows)


def _of_unit_alone(rows: When) -> bool:
    return all(formula.references <= {SCOPE_UNIT} for formula in rows.formulas)
