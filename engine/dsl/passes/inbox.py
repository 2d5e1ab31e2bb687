"""Inbox kinds of an entity: what it declares under `inbox`, and what cannot be meant there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from engine.diagnostics import Diagnostic
from engine.dsl.part import Part
from engine.model.entities import FieldKind
from engine.model.formula import Boolean, Call, Date, Formula, Instant, Node, Reference, Relation, Type, Variable
from engine.model.inbox import InboxAct, InboxKind

_TERMS: Mapping[FieldKind, Type] = {FieldKind.DATE: Date(), FieldKind.INSTANT: Instant()}


def inbox_kinds(part: Part) -> Iterator[InboxKind]:
    """The kinds that an entity declares; those that cannot be understood are told by `inbox_problems`."""
    for one in part.items("inbox"):
        if one.text("for"):
            rank = _rank(part, one)
            yield InboxKind(
                id=one.id,
                entity=part.name,
                label=one.label_or(one.id),
                place=one.place,
                holder=one.text("for"),
                mine=_mine(one),
                rank=rank,
                endless=_endless(rank),
                due=one.optional("due"),
                amount=one.optional("amount"),
                show=tuple(tuple(path.split(".")) for path in one.names("show")),
                acts=tuple(_act(inner) for inner in one.items("acts")),
            )


def inbox_problems(part: Part) -> Iterator[Diagnostic]:
    """A holder that is no person, a term that is no day, an amount that is no money, an order that gives no day."""
    fields = part.context.symbols.entities[part.name].fields
    wanted = (
        ("for", {FieldKind.USER}, "E434"),
        ("due", set(_TERMS), "E435"),
        ("amount", {FieldKind.MONEY}, "E436"),
    )
    for at, one in enumerate(part.items("inbox")):
        for key, kinds, code in wanted:
            field = fields.get(one.text(key))
            if field and field.kind not in kinds:
                yield part.problem(code, "inbox", at, key, name=one.text(key))
        order = one.formula("order")
        if order is not None and not isinstance(order.type, Date | Instant):
            yield part.problem("E437", "inbox", at, "order")
        yield from _acts(part, at, one)


def _acts(part: Part, at: int, one: Part) -> Iterator[Diagnostic]:
    """An act takes a transition or sets fields; not both, not neither."""
    for index, act in enumerate(one.items("acts")):
        if act.has("transition") == act.has("set"):
            yield part.problem("E438", "inbox", at, "acts", index, name=act.id)


def _act(part: Part) -> InboxAct:
    given = {name: found for name, _ in part.entries("set") if (found := part.inner("set").formula(name)) is not None}
    return InboxAct(
        id=part.id,
        label=part.label_or(part.id),
        place=part.place,
        transition=part.text("transition"),
        values=MappingProxyType(given),
        words=part.text("words"),
        tone=part.text("tone", "neutral"),
    )


def _mine(part: Part) -> Formula:
    """The declared condition, and the holder being the reader."""
    holder, when = part.text("for"), part.formula("when")
    person = Relation("user")
    mine = Call("eq", (Reference((holder,), person), Variable("user.id", person)), Boolean())
    node: Node = Call("and", (when.node, mine), Boolean()) if when is not None else mine
    source = f"({when.source}) and {holder} = user.id" if when is not None else f"{holder} = user.id"
    return Formula(
        source=source,
        node=node,
        type=Boolean(),
        references=(when.references if when else frozenset()) | {holder},
        functions=when.functions if when else frozenset(),
        uses_now=when is not None and when.uses_now,
        uses_user=True,
    )


def _rank(entity: Part, part: Part) -> Formula | None:
    """By when a row counts: the declared order, else its term."""
    declared, due = part.formula("order"), part.optional("due")
    if declared is not None and isinstance(declared.type, Date | Instant):
        return declared
    field = entity.context.symbols.entities[entity.name].fields.get(due or "")
    of = _TERMS.get(field.kind) if field is not None and field.kind is not None else None
    if field is None or of is None:
        return None
    return Formula(field.name, Reference((field.name,), of), of, frozenset({field.name}))


def _endless(rank: Formula | None) -> Formula | None:
    """Whether a row counts by no day at all."""
    if rank is None:
        return None
    node = Call("is_empty", (rank.node,), Boolean())
    functions = rank.functions | {"is_empty"}
    return Formula(
        f"is_empty({rank.source})", node, Boolean(), rank.references, functions, rank.uses_now, rank.uses_user
    )
