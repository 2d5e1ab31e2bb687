"""What must be told of a rule before anybody applies it: that it never or always speaks, repeats another one or contradicts it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from engine.diagnostics import Message
from engine.dsl.rule_words.formulas import condition_text
from engine.dsl.rule_words.meaning import (
    Amount,
    Cell,
    Compare,
    Condition,
    Every,
    OneOf,
    Path,
    Refuse,
    Require,
    TypedRule,
)
from engine.dsl.rule_words.sameness import form_of
from engine.model.app import AppModel
from engine.model.policies import Rule


@dataclass
class Range:
    """Between which numbers a field lies, the ends themselves or not."""

    low: Decimal | None = None
    high: Decimal | None = None
    low_open: bool = False
    high_open: bool = False

    def narrow(self, sign: str, value: Decimal) -> None:
        """Take a comparison in."""
        if sign in {">", ">=", "="} and (self.low is None or value >= self.low):
            self.low_open = sign == ">" or (self.low == value and self.low_open)
            self.low = value
        if sign in {"<", "<=", "="} and (self.high is None or value <= self.high):
            self.high_open = sign == "<" or (self.high == value and self.high_open)
            self.high = value

    @property
    def nothing(self) -> bool:
        """Whether no number lies there."""
        if self.low is None or self.high is None:
            return False
        return self.low > self.high or (self.low == self.high and (self.low_open or self.high_open))

    def within(self, other: Range) -> bool:
        """Whether all of it lies in another one."""
        low = other.low is None or (
            self.low is not None
            and (self.low > other.low or (self.low == other.low and (self.low_open or not other.low_open)))
        )
        high = other.high is None or (
            self.high is not None
            and (self.high < other.high or (self.high == other.high and (self.high_open or not other.high_open)))
        )
        return low and high


def told_of(rule: TypedRule, model: AppModel) -> list[Message]:
    """Everything that must be told, in the order of the branches."""
    found: list[Message] = []
    for branch in rule.branches:
        if branch.when is not None:
            found += _reach(branch.when, rule.entity, model)
            found += _beside(branch.when, rule, model)
    return list(dict.fromkeys(found))


def _reach(condition: Condition, entity: str, model: AppModel) -> Iterator[Message]:
    """Whether it can hold at all, or always does."""
    ranges = _ranges(condition)
    for path, found in ranges.items():
        field = model.field(entity, path)
        label = field.label if field is not None else None
        names = (label.text("zh"), label.text("en")) if label is not None else (".".join(path), ".".join(path))
        if found.nothing:
            yield Message(
                f"这条规则永远不会生效：「{names[0]}」不可能同时满足",
                f"This rule never speaks: {names[1]} cannot be both",
            )
        elif field is not None and (field.bounds.minimum is not None or field.bounds.maximum is not None):
            possible = Range(field.bounds.minimum, field.bounds.maximum)
            both = Range(possible.low, possible.high)
            both.narrow(">" if found.low_open else ">=", found.low) if found.low is not None else None
            both.narrow("<" if found.high_open else "<=", found.high) if found.high is not None else None
            if both.nothing:
                yield Message(
                    f"这条规则永远不会生效：「{names[0]}」到不了那里",
                    f"This rule never speaks: {names[1]} cannot be there",
                )
            elif len(ranges) == 1 and isinstance(condition, Compare) and possible.within(found):
                yield Message(
                    f"这条规则总是生效：「{names[0]}」总在那里", f"This rule always speaks: {names[1]} is always there"
                )
    chosen: dict[Path, set[str]] = {}
    for one in _parts(condition):
        if isinstance(one, OneOf) and not one.negated:
            kept = chosen.setdefault(one.path, set(one.options))
            kept &= set(one.options)
    if any(not kept for kept in chosen.values()):
        yield Message(
            "这条规则永远不会生效：一个字段不能同时是两项", "This rule never speaks: a field is not two things at once"
        )


def _beside(condition: Condition, rule: TypedRule, model: AppModel) -> Iterator[Message]:
    """Rules that are there: the same one, or one that refuses what this one deals with."""
    form, ranges = form_of(condition_text(condition)), _ranges(condition)
    refuses = all(isinstance(one, Refuse | Require) for one in rule.actions)
    for other in model.rules.values():
        if other.entity != rule.entity:
            continue
        label = other.label
        if form_of(other.when.source) == form and (other.effect == "refuse") == refuses:
            yield Message(
                f"与已有规则「{label.text('zh')}」的条件相同", f"The rule “{label.text('en')}” has the same condition"
            )
        elif other.effect == "refuse" and not refuses and _covers(other, ranges):
            yield Message(
                f"与已有规则「{label.text('zh')}」矛盾：那条规则已经拒绝这样的记录",
                f"The rule “{label.text('en')}” contradicts it: it refuses such records",
            )


def _covers(other: Rule, ranges: dict[Path, Range]) -> bool:
    """Whether a rule that is one comparison refuses all that lies in the ranges."""
    tree = form_of(other.when.source)
    if tree.kind != "compare" or [one.kind for one in tree.parts] != ["path", "number"]:
        return False
    left, right = tree.parts
    theirs = Range()
    theirs.narrow(tree.word, Decimal(right.word))
    mine = ranges.get(tuple(left.word.split(".")))
    return mine is not None and mine.within(theirs)


def _ranges(condition: Condition) -> dict[Path, Range]:
    found: dict[Path, Range] = {}
    for one in _parts(condition):
        if isinstance(one, Compare) and isinstance(one.left, Cell) and isinstance(one.right, Amount):
            found.setdefault(one.left.path, Range()).narrow(one.sign, one.right.value)
    return found


def _parts(condition: Condition) -> Sequence[Condition]:
    return condition.parts if isinstance(condition, Every) else (condition,)
