"""A condition as a formula of the product's own language."""

from __future__ import annotations

from decimal import Decimal

from engine.dsl.rule_words.meaning import (
    Amount,
    Blank,
    Cell,
    Compare,
    Condition,
    Day,
    Denied,
    Every,
    Flag,
    Fold,
    Holds,
    OneOf,
    Path,
    Scaled,
    Some,
    Term,
    Words,
    Writer,
)

_FIRST = {"week": "start_of_week", "month": "start_of_month", "quarter": "start_of_quarter", "year": "start_of_year"}
_LAST = {"month": "end_of_month", "quarter": "end_of_quarter", "year": "end_of_year"}


def quoted(text: str) -> str:
    """A text as the formula language writes it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def number(value: Decimal) -> str:
    """A number without needless zeros."""
    plain = format(value, "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def path_text(path: Path, prefix: Path = ()) -> str:
    """A dotted path, from within a collection behind its name."""
    return ".".join((*prefix, *path))


def term_text(term: Term, prefix: Path = ()) -> str:
    """A term as a formula."""
    match term:
        case Amount(value=value):
            return number(value)
        case Day():
            return day_text(term)
        case Cell(path=path, day=day):
            return f"date_of({path_text(path, prefix)})" if day else path_text(path, prefix)
        case Scaled(path=path, factor=factor):
            return f"{path_text(path, prefix)} * {number(factor)}"
        case Fold():
            return _fold_text(term)
        case Words(text=text):
            return quoted(text)


def day_text(day: Day) -> str:
    """A day as a formula."""
    text = f'date("{day.on.isoformat()}")' if day.on is not None else "today()"
    if day.hours:
        return f"now() {'-' if day.hours < 0 else '+'} hours({abs(day.hours)})"
    if day.months:
        text = f"add_months({text}, {day.months})"
    if day.days:
        text = f"add_days({text}, {day.days})"
    if day.base == "week":
        return f"add_days(start_of_week({text}), 6)" if day.last else f"start_of_week({text})"
    wrap = (_LAST if day.last else _FIRST).get(day.base)
    return f"{wrap}({text})" if wrap else text


def _fold_text(fold: Fold) -> str:
    over = path_text(fold.collection)
    argument = over if fold.field is None else f"{over}.{fold.field}"
    if fold.where is None:
        return f"{fold.function}({argument})"
    return f"{fold.function}_if({argument}, {condition_text(fold.where, fold.collection)})"


def condition_text(condition: Condition, prefix: Path = ()) -> str:
    """A condition as a formula."""
    match condition:
        case Compare(left=left, sign=sign, right=right):
            return f"{term_text(left, prefix)} {sign} {term_text(right, prefix)}"
        case OneOf(path=path, options=(only,), negated=negated):
            return f"{path_text(path, prefix)} {'<>' if negated else '='} {quoted(only)}"
        case OneOf(path=path, options=options, negated=negated):
            listed = ", ".join(quoted(one) for one in options)
            return f"{path_text(path, prefix)} {'not in' if negated else 'in'} [{listed}]"
        case Blank(path=path, negated=negated):
            return f"{'not ' if negated else ''}is_empty({path_text(path, prefix)})"
        case Flag(path=path, negated=negated):
            return f"{'not ' if negated else ''}{path_text(path, prefix)}"
        case Holds(path=path, text=text, negated=negated):
            return f"{'not ' if negated else ''}contains({path_text(path, prefix)}, {quoted(text)})"
        case Writer(roles=roles, negated=negated):
            text = " or ".join(f"{quoted(role)} in user.roles" for role in roles)
            return f"not ({text})" if negated else text if len(roles) == 1 else f"({text})"
        case Every(parts=parts):
            return " and ".join(_within(one, prefix, loose=(Some,)) for one in parts)
        case Some(parts=parts):
            return " or ".join(_within(one, prefix, loose=(Every,)) for one in parts)
        case Denied(part=part):
            return f"not ({condition_text(part, prefix)})"


def _within(condition: Condition, prefix: Path, loose: tuple[type, ...]) -> str:
    text = condition_text(condition, prefix)
    return f"({text})" if isinstance(condition, loose) else text
