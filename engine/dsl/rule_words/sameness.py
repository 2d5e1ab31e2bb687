"""Whether two conditions mean the same: both as formulas, brought into one form."""

from __future__ import annotations

from collections.abc import Callable

from lark import Token, Tree

from engine.dsl.formula_parser import parsed_by_grammar

Form = tuple[object, ...]
_NEGATED = {"=": "<>", "<>": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_MIRRORED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "<>": "<>"}


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
            return _joined(
                "and" if (tree.data == "conjunction") != denied else "or", [_form(one, denied=denied) for one in trees]
            )
        case "negation":
            return _form(trees[0], denied=not denied)
        case "comparison":
            sign = next(str(one) for one in tree.children if isinstance(one, Token))
            return _comparison(_term(trees[0]), "<>" if sign == "!=" else sign, _term(trees[1]), denied)
        case "member" | "not_member":
            return _member(tree, trees, denied != (tree.data == "not_member"))
        case "call" if str(tree.children[0]) == "between":
            value, low, high = (_term(one) for one in trees)
            parts = [_comparison(value, ">=", low, denied), _comparison(value, "<=", high, denied)]
            return _joined("or" if denied else "and", parts)
        case _:
            plain = _term(tree)
            if plain == ("true",):
                return ("false",) if denied else plain
            return ("not", plain) if denied else plain


def _joined(word: str, parts: list[Form]) -> Form:
    flat: list[Form] = []
    for one in parts:
        flat += one[1:] if one[0] == word else (one,)  # type: ignore[arg-type]
    kept = sorted(set(flat), key=repr)
    return kept[0] if len(kept) == 1 else (word, *kept)


def _member(tree: Tree[Token], trees: list[Tree[Token]], denied: bool) -> Form:
    left, listed = _term(trees[0]), trees[1]
    if listed.data != "list":
        found: Form = ("in", left, _term(listed))
        return ("not", found) if denied else found
    items = [_comparison(left, "=", _term(one), denied) for one in listed.children]
    return _joined("and" if denied else "or", items)


def _comparison(left: Form, sign: str, right: Form, denied: bool) -> Form:
    if denied:
        sign = _NEGATED[sign]
    if right in (("true",), ("false",)):
        holds = (right == ("true",)) == (sign == "=")
        return left if holds else ("not", left)
    if right == ("empty",):
        found: Form = ("call", "is_empty", left)
        return found if sign == "=" else ("not", found)
    left, sign, right = _days(left, sign, right)
    if repr(_kind(right)) < repr(_kind(left)):
        left, sign, right = right, _MIRRORED[sign], left
    if left[0] == "call" and left[1] in {"count", "count_if"}:
        sign, right = _counts(sign, right)
    return ("compare", left, sign, right)


def _counts(sign: str, right: Form) -> tuple[str, Form]:
    """Of what is counted, more than 2 is at least 3, and none is fewer than 1."""
    if right[0] != "number" or not str(right[1]).lstrip("-").isdigit():
        return sign, right
    number = int(str(right[1]))
    if sign == ">":
        return ">=", ("number", str(number + 1))
    if sign == "<=":
        return "<", ("number", str(number + 1))
    if (sign, number) == ("=", 0):
        return "<", ("number", "1")
    if (sign, number) == ("<>", 0):
        return ">=", ("number", "1")
    return sign, right


def _days(left: Form, sign: str, right: Form) -> tuple[Form, str, Form]:
    """days_between(a, today()) > 30 is a < add_days(today(), -30)."""
    if left[:2] == ("call", "days_between") and right[0] == "number":
        first, second, days = left[2], left[3], int(str(right[1]))
        if second == ("call", "today"):
            return first, _MIRRORED[sign], _shifted(("call", "today"), -days)  # type: ignore[return-value]
        if first == ("call", "today"):
            return second, sign, _shifted(("call", "today"), days)  # type: ignore[return-value]
    return left, sign, right


def _kind(form: Form) -> tuple[int, object]:
    return (
        0 if form[0] == "path" else 1 if form[0] == "call" and form[1] not in {"today", "shift", "date"} else 2,
        form,
    )


def _shifted(day: Form, days: int) -> Form:
    if day[:2] == ("call", "shift"):
        return _shifted(day[2], int(str(day[3])) + days)  # type: ignore[arg-type]
    return ("call", "shift", day, days) if days else day


def _term(tree: Tree[Token] | Token) -> Form:
    assert isinstance(tree, Tree)
    trees = [one for one in tree.children if isinstance(one, Tree)]
    match tree.data:
        case "number":
            return ("number", _number(str(tree.children[0])))
        case "text":
            return ("text", str(tree.children[0])[1:-1])
        case "true" | "false" | "empty":
            return (str(tree.data),)
        case "path":
            return ("path", ".".join(str(one) for one in tree.children))
        case "negative":
            inner = _term(trees[0])
            return ("number", _number(f"-{inner[1]}")) if inner[0] == "number" else ("negative", inner)
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
    days = _span(right)
    if days is not None and sign in "+-" and left[0] in {"call", "path"}:
        return _moved(left, days if sign == "+" else (days[0], -days[1]))
    if sign == "*":
        return ("*", *sorted((left, right), key=repr))
    return (sign, left, right)


def _span(form: Form) -> tuple[str, int] | None:
    spans = {"days": ("days", 1), "weeks": ("days", 7), "months": ("months", 1), "years": ("months", 12)}
    if form[0] == "number":
        return "days", int(float(str(form[1])))
    if form[0] == "call" and form[1] in spans and form[2][0] == "number":  # type: ignore[index]
        name, times = spans[str(form[1])]
        return name, int(str(form[2][1])) * times  # type: ignore[index]
    return None


def _moved(day: Form, span: tuple[str, int]) -> Form:
    return _shifted(day, span[1]) if span[0] == "days" else ("call", "months", day, span[1])


def _call(name: str, trees: list[Tree[Token]]) -> Form:
    if name in {"count_if", "sum_if", "avg_if", "any", "all"} and name.endswith("_if"):
        return ("call", name, _term(trees[0]), _form(trees[1]))
    if name in {"any", "all"}:
        return _any(name, trees[0])
    parts = [_term(one) for one in trees]
    made: dict[str, Callable[[], Form]] = {
        "add_days": lambda: _shifted(parts[0], int(str(parts[1][1]))),
        "add_months": lambda: ("call", "months", parts[0], int(str(parts[1][1]))),
        "add_years": lambda: ("call", "months", parts[0], 12 * int(str(parts[1][1]))),
    }
    return made[name]() if name in made else ("call", name, *parts)


def _any(name: str, tree: Tree[Token]) -> Form:
    """A collection has a row that …: counted, at least one."""
    condition = _form(tree, denied=name == "all")
    over = _collection(condition)
    counted: Form = ("call", "count_if", ("path", over), condition)
    return ("compare", counted, "<" if name == "all" else ">=", ("number", "1"))


def _collection(form: object) -> str:
    if isinstance(form, tuple):
        if form[:1] == ("path",):
            return str(form[1]).split(".")[0]
        for one in form:
            found = _collection(one)
            if found:
                return found
    return ""
