"""The classifier on its hold-out: columns of published schemas, look-alikes, sentences, all of which no rule was tuned with;
and how long a thousand columns of a thousand values take. What it gets wrong is counted by kind and never listed."""

from __future__ import annotations

import random
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bench.report import SEED, Row
from engine.model.level_rules import SENSITIVE, level_rules
from engine.runtime.negotiation.shares import Share
from engine.runtime.sovereignty.column_shapes import shape_of_type
from engine.runtime.sovereignty.columns import Column, ColumnLevel, classify
from engine.runtime.sovereignty.spans import Span, personal_spans
from engine.runtime.sovereignty.spoken_spans import spans_in
from tests.fixtures.classifier.digest import KEPT, digest
from tests.fixtures.classifier.values import records, sample
from tests.runtime.level_columns import labelled_columns, values_of
from tests.runtime.spoken_sentences import alike

COLUMNS, VALUES = 1_000, 1_000
TEXTS, LENGTH = 400, 2_000
NAMED = {
    "mobile": {"mobile", "landline"},
    "email": {"e_mail"},
    "bank_account": {"bank_card"},
    "credit_code": {"uscc"},
    "decision_chain": {"decision_maker"},
    "decision_title": {"decision_maker"},
    "precise_location": {"location"},
    "credential": {"secret"},
    "income": {"salary"},
}
"""Our kinds by the words of those who labelled; a kind that is not here is called the same, or is one of the others."""
SAME = {"resident_id", "person_name", "address", "plate", "wechat", "budget", "floor_price", "cost", "defect"}
SPOKEN = {"address", "defect"}


@dataclass(frozen=True, slots=True)
class Told:
    """A column as it was labelled and as it is told."""

    level: str
    kinds: frozenset[str]
    doubt: bool
    found: ColumnLevel

    @property
    def wanted(self) -> bool:
        return self.level in SENSITIVE


def measured() -> list[Row]:
    """Raises AssertionError where the hold-out is not the one that was fixed."""
    assert digest() == KEPT.read_text("utf-8"), "the hold-out was changed"
    print(f"rules {level_rules().version}; hold-out {KEPT.read_text('utf-8').split()[-1][:16]}")
    return [*_columns(), *_look_alikes(), *_sentences(), *_speed()]


def _columns() -> Iterator[Row]:
    told = [_told(one) for one in records("columns")]
    known = {one.column.name.casefold() for one in labelled_columns(1)}
    same = sum(one["name"].casefold() in known for one in records("columns"))
    print(
        f"{len(told)} columns, {sum(one.wanted for one in told)} of G3 or above; {same} names stand in the development set too"
    )
    _confusion(told)
    sure = [one for one in told if not one.doubt]
    _figures("without doubtful labels", sure)
    precision, recall = _figures("all", told)
    yield Row("classifier.precision", "columns told G3 or above that are", 0.98, precision, "", True)
    yield Row("classifier.recall", "columns of G3 or above that are told so", 0.99, recall, "", True)


def _told(one: dict[str, Any]) -> Told:
    column = Column(one["table"], one["name"], (), one["comment"], shape_of_type(one["type"]), tuple(sample(one)))
    return Told(one["level"], frozenset(one["kinds"]), one["doubt"], classify(column))


def _figures(what: str, told: Sequence[Told]) -> tuple[float, float]:
    right = sum(one.wanted and one.found.sensitive for one in told)
    raised, wanted = sum(one.found.sensitive for one in told), sum(one.wanted for one in told)
    exact = sum(one.wanted and one.found.level == one.level for one in told)
    for name, count, of in (
        ("precision", right, raised),
        ("recall", right, wanted),
        ("same level of G3, G4", exact, wanted),
    ):
        low, high = Share(count, of).interval
        print(f"  {what}: {name} {count}/{of} = {count / of:.4f}, 95 % {low:.4f} to {high:.4f}")
    return right / raised, right / wanted


def _confusion(told: Sequence[Told]) -> None:
    """By labelled kind: how many, how many told G3 or above, how many by that kind, and what the others were told to be."""
    grouped: dict[str, list[Told]] = defaultdict(list)
    for one in told:
        grouped[" ".join(sorted(one.kinds))].append(one)
    for kinds, found in sorted(grouped.items()):
        raised = [one for one in found if one.found.sensitive]
        same = sum(bool(_names(one.found.kind) & one.kinds) for one in raised)
        others = Counter(
            str(one.found.kind) for one in found if not (one.found.sensitive and _names(one.found.kind) & one.kinds)
        )
        print(
            f"  {kinds:<28} {len(found):>4}  G3+ {len(raised):>4}  same kind {same:>4}  others {dict(others.most_common(6))}"
        )


def _names(kind: str | None) -> set[str]:
    if kind is None:
        return {"none"}
    return NAMED.get(kind, {kind} if kind in SAME else {"other"})


def _look_alikes() -> Iterator[Row]:
    found = [
        classify(Column("", one["name"], (), one["comment"], shape_of_type(one["type"]), tuple(sample(one))))
        for one in records("look_alikes")
    ]
    print(f"  look-alikes by level {dict(Counter(one.level for one in found))}")
    yield Row(
        "classifier.look_alikes",
        "of 40 look-alikes told G3 or above by content alone",
        0,
        sum(one.sensitive for one in found),
        "",
    )


def _sentences() -> Iterator[Row]:
    pairs = [(one, spans_in(one["text"])) for one in records("sentences")]
    kinds = sorted({span["kind"] for one, _ in pairs for span in one["spans"]})
    hits: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for one, found in pairs:
        for span in one["spans"]:
            total[span["kind"]] += 1
            hits[span["kind"]] += any(_fits(span, other) for other in found)
    told = [(other, one) for one, found in pairs for other in found]
    right = Counter(other.kind for other, one in told if any(_fits(span, other) for span in one["spans"]))
    every = Counter(other.kind for other, _ in told)
    for kind in kinds:
        print(f"  spans {kind:<16} found {hits[kind]:>4} of {total[kind]:>4}")
    for kind in sorted(every):
        print(f"  spans told {kind:<16} right {right[kind]:>4} of {every[kind]:>4}")
    yield from _span_rows(hits, total, sum(right.values()), sum(every.values()))


def _span_rows(hits: Counter[str], total: Counter[str], right: int, every: int) -> Iterator[Row]:
    structured = {"mobile", "landline", "e_mail", "resident_id", "bank_card", "plate", "wechat", "uscc"} & total.keys()
    for name, kinds, target in (
        ("structured", structured, 0.97),
        ("spoken", SPOKEN & total.keys(), 0.9),
        ("all", set(total), 0.0),
    ):
        count, of = sum(hits[kind] for kind in kinds), sum(total[kind] for kind in kinds)
        low, high = Share(count, of).interval
        print(f"  spans {name}: recall {count}/{of}, 95 % {low:.4f} to {high:.4f}")
        if target:
            yield Row(
                f"classifier.spans_{name}",
                f"spans of {', '.join(sorted(kinds))} that are found",
                target,
                count / of,
                "",
                True,
            )
    low, high = Share(right, every).interval
    print(f"  spans precision {right}/{every}, 95 % {low:.4f} to {high:.4f}")
    yield Row("classifier.spans_precision", "spans told that are there, of that kind", 0.95, right / every, "", True)


def _fits(span: dict[str, Any], other: Span) -> bool:
    return span["kind"] in _names(other.kind) and alike(Span(span["start"], span["end"], ""), other)


def _speed() -> Iterator[Row]:
    columns = list(_many())
    began = time.perf_counter()
    for one in columns:
        classify(one)
    took = time.perf_counter() - began
    yield Row("classifier.speed", f"{COLUMNS} columns of {VALUES} values, one processor", 60, took, "s")
    texts, chance = [], random.Random(SEED)
    for _ in range(TEXTS):
        texts.append("，".join(values_of("text_with_mobile", chance, LENGTH // 12))[:LENGTH])
    times = sorted(_took(one) for one in texts)
    yield Row(
        "classifier.guard",
        f"looking through {LENGTH} signs that are saved, p95, processor time",
        5,
        times[int(TEXTS * 0.95)],
        "ms",
    )


def _many() -> Iterable[Column]:
    """Columns of the development set, over and over, each with values of its own."""
    known = [one for one in labelled_columns(1) if one.column.values]
    for number in range(COLUMNS):
        one = known[number % len(known)]
        yield Column(
            one.column.table,
            one.column.name,
            one.column.labels,
            values=values_of(one.values, random.Random(number), VALUES),
        )


def _took(text: str) -> float:
    """Milliseconds of a processor."""
    began = time.process_time()
    personal_spans(text)
    return 1_000 * (time.process_time() - began)
