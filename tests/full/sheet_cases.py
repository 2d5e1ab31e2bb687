"""Where a formula is meant to equal a spreadsheet's: pairs of both, drawn at random; and where it is meant not to."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

SEED = 20260304
EACH = 40
"""Draws of every pair."""

PAIRS: tuple[tuple[str, str], ...] = (
    ("round({x}, {p})", "ROUND({x};{p})"),
    ("round_up({x}, {p})", "ROUNDUP({x};{p})"),
    ("round_down({x}, {p})", "ROUNDDOWN({x};{p})"),
    ("round({x} / {y}, 4)", "ROUND({x}/{y};4)"),
    ("round({x} * {i} / {y}, 2)", "ROUND({x}*{i}/{y};2)"),
    ("({x} + {x} - {i})", "({x}+{x}-{i})"),
    ("({x} * {i})", "({x}*{i})"),
    ("abs({x})", "ABS({x})"),
    ("sign({x})", "SIGN({x})"),
    ("floor({x})", "INT({x})"),
    ("ceil({x})", "-INT(-{x})"),
    ("mod({i}, {k})", "MOD({i};{k})"),
    ("min({x}, {i}, {x})", "MIN({x};{i};{x})"),
    ("max({x}, {i}, {x})", "MAX({x};{i};{x})"),
    ("percent_of({x}, {y}, 4)", "ROUND({x}/{y};4)"),
    ("power({u}, {s}, 6)", "ROUND(POWER({u};{s});6)"),
    ("sqrt({y}, 6)", "ROUND(SQRT({y});6)"),
    ("exp({u}, 6)", "ROUND(EXP({u});6)"),
    ("ln({y}, 6)", "ROUND(LN({y});6)"),
    ("log10({y}, 6)", "ROUND(LOG10({y});6)"),
    ("payment({y}, {r}, {s})", "ROUND(-PMT({r};{s};{y});2)"),
    ("future_value({y}, {r}, {s})", "ROUND(-FV({r};{s};0;{y});2)"),
    ("present_value({y}, {r}, {s})", "ROUND(-PV({r};{s};0;{y});2)"),
    ("({x} < {i})", "({x}<{i})"),
    ("({i} = {i})", "({i}={i})"),
    ("({x} >= {i} and {i} <> {s})", "AND({x}>={i};{i}<>{s})"),
    ("({x} < 0 or not ({i} > 3))", "OR({x}<0;NOT({i}>3))"),
    ("if({x} > {i}, {t}, {t})", "IF({x}>{i};{t};{t})"),
    ("ifs({x} > 100, {i}, {x} > 0, {s}, -1)", "COM.MICROSOFT.IFS({x}>100;{i};{x}>0;{s};TRUE();-1)"),
    ('case({s}, 1, "a", 2, "b", 3, "c", "other")', 'COM.MICROSOFT.SWITCH({s};1;"a";2;"b";3;"c";"other")'),
    ("between({x}, {i}, {s})", "AND({x1}>={i};{x1}<={s})"),
    ("({t} & {t})", "({t}&{t})"),
    ("concat({t}, {t}, {t})", "CONCATENATE({t};{t};{t})"),
    ('join("-", {w}, {w}, {w})', 'COM.MICROSOFT.TEXTJOIN("-";TRUE();{w};{w};{w})'),
    ("left({t}, {s})", "LEFT({t};{s})"),
    ("right({t}, {s})", "RIGHT({t};{s})"),
    ("mid({t}, {s}, {s})", "MID({t};{s};{s})"),
    ("length({t})", "LEN({t})"),
    ("upper({w})", "UPPER({w})"),
    ("lower({w})", "LOWER({w})"),
    ("replace({t}, {w}, {t})", "SUBSTITUTE({t};{w};{t})"),
    ("repeat({w}, {s})", "REPT({w};{s})"),
    ("position({w}, {t})", "IFERROR(FIND({w};{t});0)"),
    ("contains({t}, {w})", "ISNUMBER(FIND({w};{t}))"),
    ("starts_with({t}, {w})", "EXACT(LEFT({t};LEN({w1}));{w1})"),
    ("({t} = {t})", "EXACT({t};{t})"),
    ("same_text({w}, {w})", "{w}={w}"),
    ("text({x}, 2)", 'TEXT({x};"0.00")'),
    ("grouped({x}, 2)", 'TEXT({x};"#,##0.00")'),
    ("grouped({i})", 'TEXT({i};"#,##0")'),
    ("year({d})", "YEAR({d})"),
    ("month({d})", "MONTH({d})"),
    ("day({d})", "DAY({d})"),
    ("quarter({d})", "ROUNDUP(MONTH({d})/3;0)"),
    ("weekday({d})", "WEEKDAY({d};2)"),
    ("week({d})", "ISOWEEKNUM({d})"),
    ("day_of_year({d})", "{d1}-DATE(YEAR({d1});1;0)"),
    ("days_between({d}, {d})", "DAYS({d2};{d1})"),
    ("workdays({d}, {d})", "NETWORKDAYS({d1};{d2})"),
    ("is_weekend({d})", "WEEKDAY({d};2)>5"),
    ("months_between({d}, {l})", 'DATEDIF({d};{l};"m")'),
    ("years_between({d}, {l})", 'DATEDIF({d};{l};"y")'),
    ("add_days({d}, {i})", "{day}({d}+{i})"),
    ("({d} + days({s}))", "{day}({d}+{s})"),
    ("add_months({d}, {i})", "{day}(EDATE({d};{i}))"),
    ("add_years({d}, {s})", "{day}(EDATE({d};12*{s}))"),
    ("end_of_month({d})", "{day}(EOMONTH({d};0))"),
    ("start_of_month({d})", "{day}(EOMONTH({d};-1)+1)"),
    ("start_of_year({d})", "{day}(DATE(YEAR({d});1;1))"),
    ("start_of_week({d})", "{day}({d1}-WEEKDAY({d1};3))"),
    ("sum(lines.amount)", "SUM({lines})"),
    ("avg(lines.amount, 4)", "ROUND(AVERAGE({lines});4)"),
    ("median(lines.amount, 4)", "ROUND(MEDIAN({lines});4)"),
    ("stdev(lines.amount, 6)", "ROUND(STDEV({lines});6)"),
    ("min(lines.amount)", "MIN({lines})"),
    ("max(lines.amount)", "MAX({lines})"),
    ("count(lines.amount)", "COUNT({lines})"),
)

DIFFERENCES: tuple[tuple[str, str, object, object], ...] = (
    ('("B" < "a")', '"B"<"a"', True, False),
    ('trim("a  b")', 'TRIM("a  b")', "a  b", "a b"),
    ('upper("é")', 'UPPER("é")', "é", "É"),
    ('position("x", "abc")', 'ISERROR(FIND("x";"abc"))', "0", True),
    ("round(1 / 0, 2)", "ISERROR(1/0)", None, True),
    ("sqrt(-1)", "ISERROR(SQRT(-1))", None, True),
    ("(n + 1)", "A100000+1", None, 1),
    ("min(n, m)", "MIN(A100000;A100001)", None, 0),
    ("weekday(date(2026, 3, 1))", "WEEKDAY(DATE(2026;3;1))", "7", 1),
    ("payment(1000, 0, 10)", "PMT(0;10;1000)", "100.00", -100),
    ("(123456789012345678 + 1)", "123456789012345678+1=123456789012345678", "123456789012345679", True),
)
"""Ours, the spreadsheet's, and the value of each: the differences that docs/reference/formula.md lists."""

_HOLE = re.compile(r"\{(\w+?)(\d?)\}")
_WORDS = ("a", "Ab", "华为", "x-1", "ABC", "b", "on", "商机")
_TEXTS = (*_WORDS, "上海华为技术", "a华为b华为", "one on one", "-12.50", "ABCabcABC")


@dataclass(frozen=True)
class SheetCase:
    """One formula in both languages, on a row with lines."""

    ours: str
    theirs: str
    row: Mapping[str, object] = field(default_factory=dict)


class _Draw:
    """The holes of one pair: a hole of one kind in our formula is the hole of the same number in theirs."""

    def __init__(self, source: random.Random) -> None:
        self._source = source
        self._drawn: dict[tuple[str, int], tuple[str, str]] = {}
        self.lines = [self._number(6, 2) for _ in range(source.randint(2, 7))]

    def filled(self, template: str, side: int) -> str:
        counts: dict[str, int] = {}

        def hole(match: re.Match[str]) -> str:
            kind = match[1]
            if kind == "lines":
                return ";".join(self.lines)
            if kind == "day":
                return "_day"
            counts[kind] = counts.get(kind, 0) + 1
            at = int(match[2]) if match[2] else counts[kind]
            return self._value(kind, at)[side]

        return _HOLE.sub(hole, template)

    def _value(self, kind: str, at: int) -> tuple[str, str]:
        if (kind, at) not in self._drawn:
            self._drawn[kind, at] = _KINDS[kind](self)
        return self._drawn[kind, at]

    def _number(self, digits: int, places: int, least: int | None = None) -> str:
        most = 10**digits
        scaled = self._source.randint(-most if least is None else least, most)
        return f"{scaled / 10**places:.{places}f}"

    def _both(self, text: str) -> tuple[str, str]:
        written = f"({text})" if text.startswith("-") else text
        return written, written

    def number(self) -> tuple[str, str]:
        if self._source.random() < 0.3:
            half = self._source.choice((5, 15, 25, 125, 1005, 2675, 99995)) * self._source.choice((1, -1))
            return self._both(f"{half / 1000:.3f}")
        return self._both(self._number(self._source.randint(3, 8), 3))

    def whole(self, low: int, high: int) -> tuple[str, str]:
        return self._both(str(self._source.randint(low, high)))

    def text(self, known: tuple[str, ...]) -> tuple[str, str]:
        chosen = f'"{self._source.choice(known)}"'
        return chosen, chosen

    def day(self, first: date, last: date) -> tuple[str, str]:
        chosen = date.fromordinal(self._source.randint(first.toordinal(), last.toordinal()))
        return f'date("{chosen.isoformat()}")', f"DATE({chosen.year};{chosen.month};{chosen.day})"


_KINDS: Mapping[str, Callable[[_Draw], tuple[str, str]]] = {
    "x": _Draw.number,
    "y": lambda draw: draw._both(draw._number(7, 2, least=1)),
    "u": lambda draw: draw._both(draw._number(4, 3, least=1)),
    "r": lambda draw: draw._both(draw._number(3, 4, least=1)),
    "i": lambda draw: draw.whole(-400, 400),
    "k": lambda draw: draw.whole(1, 40),
    "s": lambda draw: draw.whole(1, 12),
    "p": lambda draw: draw.whole(0, 2),
    "t": lambda draw: draw.text(_TEXTS),
    "w": lambda draw: draw.text(_WORDS),
    "d": lambda draw: draw.day(date(1950, 1, 1), date(2030, 12, 31)),
    "l": lambda draw: draw.day(date(2031, 1, 1), date(2080, 12, 31)),
}


def sheet_cases() -> Iterator[SheetCase]:
    """Every pair, drawn many times; what is drawn twice counts once."""
    source, known = random.Random(SEED), set[str]()
    for ours, theirs in PAIRS:
        for _ in range(EACH):
            draw = _Draw(source)
            row = {"lines": [{"amount": one} for one in draw.lines]} if "lines" in ours else {}
            case = SheetCase(draw.filled(ours, 0), _dated(draw.filled(theirs, 1)), row)
            if case.theirs not in known:
                known.add(case.theirs)
                yield case


def _dated(theirs: str) -> str:
    """A day is written out as text, so that no cell format speaks."""
    return f'TEXT({theirs.removeprefix("_day")};"YYYY-MM-DD")' if theirs.startswith("_day") else theirs
