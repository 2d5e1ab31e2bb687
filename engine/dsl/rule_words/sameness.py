"""Whether two conditions mean the same: both as formulas, brought into one form."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from lark import Token, Tree

from engine.dsl.formula_parser import parsed_by_grammar
from engine.dsl.rule_words.meaning import MIRRORED, NEGATED, SIGNS

SPANS: Mapping[str, tuple[str, int]] = {
    "days": ("days", 1),
    "weeks": ("days", 7),
    "months": ("months", 1),
    "years": ("months", 12),
}
"""What a function of spans of time counts, and how many of it one is."""


@dataclass(frozen=True, slots=True)
class Form:
    """A part of a condition: what it is (path, number, text, call, compare, and, or, not, shift, …), its word, its parts.

    The word of a `compare` is its sign, of a `call` the function, of `shift` and `months` how many.
    """

    kind: str
    word: str = ""
    parts: tuple[Form, ...] = ()

    @property
    def whole_number(self) -> int | None:
        """Of a number without a fraction what it is."""
        return int(self.word) if self.kind == "number" and self.word.lstrip("-").isdigit() else None

    def calls(self, *functions: str) -> bool:
        return self.kind == "call" and self.word in functions


TRUE, FALSE, EMPTY, TODAY = Form("true"), Form("false"), Form("empty"), Form("call", "today")


def form_of(formula: str) -> Form:
    """A condition in one form: order, negation, lists, shares, days from today and the side of a comparison are one."""
    return _form(parsed_by_grammar(formula))


def _form(tree: Tree[Token] | Token, *, denied: bool = False) -> Form:
    assert isinstance(tree, Tree)
    trees = [one for one in tree.children if isinstance(one, Tree)]
    match tree.data:
        case "start":
            return _form(trees[0], denied=denied)
        case "disjunction" | "conjunction":
            parts = [_form(one, denied=denied) for one in trees]
            return _joined("and" if (tree.data == "conjunction") != denied else "or", parts)
        case "negation":
            return _form(trees[0], denied=not denied)
        case "comparison":
            sign = next(str(one) for one in tree.children if isinstance(one, Token))
            return _comparison(_term(trees[0]), "<>" if sign == "!=" else sign, _term(trees[1]), denied)
        case "member" | "not_member":
            return _member(trees, denied != (tree.data == "not_member"))
        case "call" if str(tree.children[0]) == "between":
            value, low, high = (_term(one) for one in trees)
            parts = [_comparison(value, ">=", low, denied), _comparison(value, "<=", high, denied)]
            return _joined("or" if denied else "and", parts)
        case _:
            plain = _term(tree)
            if plain == TRUE:
                return FALSE if denied else TRUE
            return _not(plain) if denied else plain


def _not(form: Form) -> Form:
    return Form("not", "", (form,))


def _joined(kind: str, parts: Sequence[Form]) -> Form:
    flat: list[Form] = []
    for one in parts:
        flat += one.parts if one.kind == kind else (one,)
    kept = sorted(set(flat), key=repr)
    return kept[0] if len(kept) == 1 else Form(kind, "", tuple(kept))


def _member(trees: Sequence[Tree[Token]], denied: bool) -> Form:
    left, listed = _term(trees[0]), trees[1]
    if listed.data != "list":
        found = Form("in", "", (left, _term(listed)))
        return _not(found) if denied else found
    items = [_comparison(left, "=", _term(one), denied) for one in listed.children]
    return _joined("and" if denied else "or", items)


def _comparison(left: Form, written: str, right: Form, denied: bool) -> Form:
    sign = NEGATED[SIGNS[written]] if denied else SIGNS[written]
    if right in (TRUE, FALSE):
        return left if (right == TRUE) == (sign == "=") else _not(left)
    if right == EMPTY:
        found = Form("call", "is_empty", (left,))
        return found if sign == "=" else _not(found)
    left, turned, right = _days(left, right)
    sign = MIRRORED[sign] if turned else sign
    if _place(right) < _place(left):
        left, sign, right = right, MIRRORED[sign], left
    if left.calls("count", "count_if"):
        return _counted(left, sign, right)
    return Form("compare", sign, (left, right))


def _counted(left: Form, sign: str, right: Form) -> Form:
    """Of what is counted, more than 2 is at least 3, and none is fewer than 1."""
    number = right.whole_number
    if number is not None:
        match sign, number:
            case (">", _):
                sign, number = ">=", number + 1
            case ("<=", _):
                sign, number = "<", number + 1
            case ("=", 0):
                sign, number = "<", 1
            case ("<>", 0):
                sign, number = ">=", 1
        right = Form("number", str(number))
    return Form("compare", sign, (left, right))


def _days(left: Form, right: Form) -> tuple[Form, bool, Form]:
    """days_between(a, today()) > 30 is a < add_days(today(), -30); whether the sign turns."""
    days = right.whole_number
    if left.calls("days_between") and days is not None:
        first, second = left.parts
        if second == TODAY:
            return first, True, _shifted(TODAY, -days)
        if first == TODAY:
            return second, False, _shifted(TODAY, days)
    return left, False, right


def _place(form: Form) -> tuple[int, str]:
    """Which of two sides comes first: a field before what is worked out, this before what stands fast."""
    fast = form.kind != "path" and (form.kind != "call" or form.word in {"today", "date"})
    return (2 if fast else 1 if form.kind == "call" else 0), repr(form)


def _shifted(day: Form, days: int) -> Form:
    if day.kind == "shift":
        return _shifted(day.parts[0], int(day.word) + days)
    return Form("shift", str(days), (day,)) if days else day


def _term(tree: Tree[Token] | Token) -> Form:
    assert isinstance(tree, Tree)
    trees = [one for one in tree.children if isinstance(one, Tree)]
    match tree.data:
        case "number":
            return Form("number", _number(str(tree.children[0])))
        case "text":
            return Form("text", str(tree.children[0])[1:-1])
        case "true" | "false" | "empty":
            return Form(str(tree.data))
        case "path":
            return Form("path", ".".join(str(one) for one in tree.children))
        case "negative":
            inner = _term(trees[0])
            return replace(inner, word=_number(f"-{inner.word}")) if inner.kind == "number" else Form("-", "", (inner,))
        case "call":
            return _call(str(tree.children[0]), trees)
        case "sum" | "product":
            sign = str(next(one for one in tree.children if isinstance(one, Token)))
            return _calculated(sign, _term(trees[0]), _term(trees[1]))
        case _:
            return _form(tree)


def _number(text: str) -> str:
    value = float(text.rstrip("%")) / (100 if text.endswith("%") else 1)
    return f"{round(value, 8):.8f}".rstrip("0").rstrip(".")


def _calculated(sign: str, left: Form, right: Form) -> Form:
    span = _span(right)
    if span is not None and sign in "+-" and (left.kind in {"call", "path", "shift", "months"}):
        return _moved(left, span if sign == "+" else (span[0], -span[1]))
    if sign == "*":
        return Form("*", "", tuple(sorted((left, right), key=repr)))
    return Form(sign, "", (left, right))


def _span(form: Form) -> tuple[str, int] | None:
    """A span of time as days or months: a plain whole number is days."""
    days = form.whole_number
    if days is not None:
        return "days", days
    count = form.parts[0].whole_number if form.calls(*SPANS) else None
    if count is None:
        return None
    name, times = SPANS[form.word]
    return name, count * times


def _moved(day: Form, span: tuple[str, int]) -> Form:
    return _shifted(day, span[1]) if span[0] == "days" else Form("months", str(span[1]), (day,))


def _call(name: str, trees: Sequence[Tree[Token]]) -> Form:
    if name.endswith("_if"):
        return Form("call", name, (_term(trees[0]), _form(trees[1])))
    if name in {"any", "all"}:
        return _any(name, trees[0])
    parts = tuple(_term(one) for one in trees)
    count = parts[1].whole_number if name in MOVES and len(parts) > 1 else None
    return MOVES[name](parts[0], count) if count is not None else Form("call", name, parts)


MOVES: Mapping[str, Callable[[Form, int], Form]] = {
    "add_days": _shifted,
    "add_months": lambda day, count: Form("months", str(count), (day,)),
    "add_years": lambda day, count: Form("months", str(12 * count), (day,)),
}
"""Functions that move a day by so many."""


def _any(name: str, tree: Tree[Token]) -> Form:
    """A collection has a row that …: counted, at least one."""
    condition = _form(tree, denied=name == "all")
    counted = Form("call", "count_if", (Form("path", _collection(condition)), condition))
    return Form("compare", "<" if name == "all" else ">=", (counted, Form("number", "1")))


def _collection(form: Form) -> str:
    if form.kind == "path":
        return form.word.split(".")[0]
    return next((found for one in form.parts if (found := _collection(one))), "")
