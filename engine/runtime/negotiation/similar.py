"""Similar contracts: the decided rows nearest to a deal, why they are near, and the contracts that came of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy

from engine.diagnostics import Message
from engine.model.entities import Field, FieldKind
from engine.model.negotiations import Likeness, Negotiation
from engine.runtime.negotiation.deals import Deal
from engine.runtime.negotiation.history_matrix import HistoryMatrix, Integers, distances, nearest
from engine.runtime.negotiation.packages import RowEvidence
from engine.runtime.negotiation.readings import Question, kind_of, label_of, read_rows
from engine.runtime.query.names import TITLE
from engine.runtime.work import Work

SHOWN, JUDGED = 10, 50
"""Rows that are shown, and those that corridors and evidence are drawn from."""
MOST_CLAUSES = 12
CLOSE = 0.25
"""Standard deviations within which numbers are told as near."""


@dataclass(frozen=True, slots=True)
class Clause:
    """A typed clause of a contract: what kind, and what it says."""

    kind: Message
    text: str


@dataclass(frozen=True, slots=True)
class SimilarRow:
    """A decided row: how far it is, why it is near, its terms, and the contract that came of it."""

    id: int
    version: int
    title: str
    won: bool
    distance: float
    why: tuple[Message, ...]
    terms: tuple[float | None, ...]
    contract: tuple[int, str] | None = None
    clauses: tuple[Clause, ...] = ()


@dataclass(frozen=True, slots=True)
class JudgedRow:
    """A decided row that corridors and evidence are drawn from."""

    row: RowEvidence
    won: bool
    terms: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Similar:
    """The nearest rows of `n`: those that are shown, and those that are `judged` by, at `places` of the matrix."""

    n: int
    rows: tuple[SimilarRow, ...]
    judged: tuple[JudgedRow, ...]
    places: Integers


def similar_to(work: Work, negotiation: Negotiation, deal: Deal, matrix: HistoryMatrix) -> Similar:
    """The rows nearest to a deal by its likeness and its terms of now. Their titles are read with the rights of this moment;
    a row out of reach by now is not shown."""
    far = distances(matrix, numpy.array(deal.now), deal.likeness)
    near = nearest(far, matrix.ids, JUDGED)
    titles = _titles(work, negotiation, matrix.ids[near].tolist())
    places = near[numpy.isin(matrix.ids[near], list(titles))]
    shown = places[:SHOWN].tolist()
    contracts = _contracts(work, negotiation, matrix.ids[shown].tolist())
    clauses = _clauses(work, negotiation, [one[0] for one in contracts.values()])
    rows = []
    for place in shown:
        record = int(matrix.ids[place])
        contract = contracts.get(record)
        rows.append(
            SimilarRow(
                record,
                *titles[record],
                bool(matrix.won[place]),
                float(far[place]),
                tuple(reasons(work, negotiation, deal, matrix, place)),
                terms_at(matrix, place),
                contract,
                clauses.get(contract[0], ()) if contract else (),
            )
        )
    judged = tuple(_judged(negotiation, matrix, place, titles) for place in places.tolist())
    return Similar(len(matrix), tuple(rows), judged, places)


def _judged(
    negotiation: Negotiation, matrix: HistoryMatrix, place: int, titles: Mapping[int, tuple[int, str]]
) -> JudgedRow:
    record = int(matrix.ids[place])
    evidence = RowEvidence(negotiation.history.entity, record, *titles[record])
    return JudgedRow(evidence, bool(matrix.won[place]), terms_at(matrix, place))


def terms_at(matrix: HistoryMatrix, place: int) -> tuple[float | None, ...]:
    """The terms of a row; None where one is not known."""
    return tuple(None if numpy.isnan(one) else float(one) for one in matrix.terms[place])


def reasons(work: Work, negotiation: Negotiation, deal: Deal, matrix: HistoryMatrix, place: int) -> list[Message]:
    """What a row has in common with a deal."""
    found: list[Message] = []
    at_number = at_code = 0
    for like, column, cell in zip(negotiation.similar, matrix.columns, deal.likeness, strict=True):
        if column.number:
            scale, other = matrix.number_scales[at_number], matrix.numbers[place, at_number]
            at_number += 1
            if cell is None or numpy.isnan(other):
                continue
            own = float(str(cell))
            shown = float(numpy.expm1(other)) if column.log else float(other)
            standing = float(numpy.log1p(max(own, 0.0))) if column.log else own
            if abs(standing - float(other)) <= CLOSE * float(scale):
                found.append(_near(work, negotiation, like, shown, own))
        else:
            code = matrix.words[at_code].get(cell, -2)
            same = bool(matrix.codes[place, at_code] == code)
            at_code += 1
            if same:
                found.append(_same(work, negotiation, like, cell))
    return found


def _near(work: Work, negotiation: Negotiation, like: Likeness, other: float, own: float) -> Message:
    label = label_of(work.model, negotiation.history.entity, like.path, like.label)
    zh, en = label.text("zh"), label.text("en")
    theirs, ours = _plain(other), _plain(own)
    return Message(f"{zh}相近（{theirs.zh} 对 {ours.zh}）", f"{en} is near ({theirs.en} and {ours.en})")


def _same(work: Work, negotiation: Negotiation, like: Likeness, cell: object) -> Message:
    entity = negotiation.history.entity
    label = label_of(work.model, entity, like.path, like.label)
    kind = kind_of(work.model, entity, like.path)
    choice = kind.choice(str(cell)) if isinstance(kind, Field) else None
    if choice is None:
        shown = f"：{cell}" if isinstance(kind, Field) and kind.kind in _TOLD else ""
        return Message(f"{label.text('zh')}相同{shown}", f"same {label.text('en')}{shown.replace('：', ': ')}")
    zh, en = choice.label.text("zh"), choice.label.text("en")
    return Message(f"{label.text('zh')}相同：{zh}", f"same {label.text('en')}: {en}")


_TOLD = frozenset({FieldKind.TEXT, FieldKind.INTEGER})


def _plain(value: float) -> Message:
    if abs(value) >= 1e8:
        return Message(f"{value / 1e8:,.2f} 亿", f"{value / 1e6:,.1f} million")
    if abs(value) >= 1e4:
        return Message(f"{value / 1e4:,.1f} 万", f"{value / 1e3:,.0f} thousand")
    return Message(f"{value:,.4g}", f"{value:,.4g}")


def _titles(work: Work, negotiation: Negotiation, ids: Sequence[int]) -> dict[int, tuple[int, str]]:
    if not ids:
        return {}
    question = Question(negotiation.history.entity, ((TITLE,),), among=("id",))
    return {one.id: (one.version, str(one.cells[0] or "")) for one in read_rows(work, question, ids)}


def _contracts(work: Work, negotiation: Negotiation, ids: Sequence[int]) -> dict[int, tuple[int, str]]:
    """The contract of each won row: its newest."""
    declared = negotiation.contract
    if declared is None or not ids:
        return {}
    by = (declared.by,)
    rows = read_rows(work, Question(declared.entity, ((TITLE,), by), among=by), ids)
    found: dict[int, tuple[int, str]] = {}
    for one in rows:
        if isinstance(one.cells[1], int):
            found.setdefault(one.cells[1], (one.id, str(one.cells[0] or "")))
    return found


def _clauses(work: Work, negotiation: Negotiation, contracts: Sequence[int]) -> Mapping[int, tuple[Clause, ...]]:
    declared = negotiation.contract
    if declared is None or not declared.clauses or not contracts:
        return {}
    by, kind, text = (declared.clause_by,), (declared.clause_kind,), (declared.clause_text,)
    question = Question(declared.clauses, (by, kind, text), among=by)
    field = work.model.field(declared.clauses, kind)
    found: dict[int, list[Clause]] = {}
    for one in read_rows(work, question, contracts, MOST_CLAUSES * len(contracts)):
        if isinstance(one.cells[0], int) and one.cells[2] is not None:
            choice = field.choice(str(one.cells[1])) if field is not None else None
            words = Message(str(one.cells[1]), str(one.cells[1]))
            if choice is not None:
                words = Message(choice.label.text("zh"), choice.label.text("en"))
            found.setdefault(one.cells[0], []).append(Clause(words, str(one.cells[2])))
    return {contract: tuple(reversed(clauses[:MOST_CLAUSES])) for contract, clauses in found.items()}
