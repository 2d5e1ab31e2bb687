"""Row rules as the oracles draw them: values that a naive evaluator reads, and the formula that the engine reads."""

from __future__ import annotations

Rule = tuple[object, ...]
"""("own",) ("units",) ("stage", name) ("city", name) ("big", number) ("whole", name) ("and" | "or", rule, rule)"""


def written(rule: Rule) -> str:
    """A rule as a formula of its entity."""
    match rule:
        case ("own",):
            return "owner = user.id"
        case ("units",):
            return "scope_unit in user.units"
        case ("stage", name):
            return f'stage = "{name}"'
        case ("city", name):
            return f'b.city = "{name}"'
        case ("big", number):
            return f"n > {number}"
        case ("whole", name):
            return f'a.stage = "{name}"'
        case (("and" | "or") as word, tuple() as left, tuple() as right):
            return f"({written(left)}) {word} ({written(right)})"
    raise ValueError(rule)
