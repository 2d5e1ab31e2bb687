"""Negotiations, from text to values."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

from engine.diagnostics import Diagnostic
from engine.dsl.negotiation_checks import negotiation_problems
from engine.dsl.part import Part, PassContext
from engine.dsl.passes.fields import exact
from engine.model.formula import Formula
from engine.model.negotiations import (
    Ask,
    ContractRows,
    Foretold,
    History,
    Jitter,
    Lever,
    Likeness,
    Limit,
    Money,
    Negotiation,
    Path,
    PaymentRows,
    PriceEffect,
    Signals,
)
from engine.model.negotiations import Part as MoneyPart


def compile_negotiations(context: PassContext) -> Iterator[Negotiation | Diagnostic]:
    for part in context.parts("negotiations"):
        problems = tuple(negotiation_problems(part))
        yield from problems
        formulas = [part.formula("when"), *(part.inner("outcome").formula(one) for one in ("won", "lost"))]
        history, money = _history(part.inner("history")), _money(part.inner("money"))
        if problems or history is None or money is None or None in formulas:
            continue
        when, won, lost = (one for one in formulas if one is not None)
        yield Negotiation(
            name=part.name,
            label=part.label(),
            place=part.place,
            pack=part.pack,
            entity=part.text("entity"),
            when=when,
            won=won,
            lost=lost,
            history=history,
            levers=tuple(_lever(one) for one in part.items("levers")),
            money=money,
            similar=tuple(_likeness(one) for one in part.items("similar")),
            contract=_contract(part.inner("contract")) if part.has("contract") else None,
            win=_foretold(part, "win"),
            late=_foretold(part, "late"),
            effect=_effect(part.inner("effect")) if part.has("effect") else None,
            signals=_signals(part.inner("signals")) if part.has("signals") else None,
            payment=_payment(part.inner("payment")) if part.has("payment") else None,
            asks=tuple(Ask(one.id, one.label()) for one in part.items("asks")),
            roles=frozenset(part.names("roles")),
            reviewers=frozenset(part.names("reviewers")),
            description=part.label("description"),
            jitter=_jitter(part.inner("jitter")) if part.has("jitter") else None,
        )


def _history(part: Part) -> History | None:
    current, decided, won = (part.formula(one) for one in ("current", "decided", "won"))
    if current is None or decided is None or won is None:
        return None
    entity, of, customer, at = (part.text(one) for one in ("entity", "of", "customer", "at"))
    return History(entity, of, customer, at, current, decided, won, _optional(part, "standing"))


def _lever(part: Part) -> Lever:
    steps = part.value.get("steps")
    return Lever(
        id=part.id,
        label=part.label(),
        place=part.place,
        field=tuple(part.text("field").split(".")),
        part=MoneyPart(part.text("part", MoneyPart.OTHER)),
        generous=1 if part.text("customer_likes") == "more" else -1,
        steps=tuple(sorted(_number(one) for one in steps)) if isinstance(steps, list) else (),
        most=part.whole("most", 4),
        limits=tuple(_limits(part, "limits")),
        bounds=tuple(_limits(part, "bounds")),
        win=part.text("win"),
        late=part.text("late"),
    )


def _limits(part: Part, key: str) -> Iterator[Limit]:
    for one in part.items(key):
        formula = one.formula("formula")
        if formula is not None:
            yield Limit(one.text("role"), formula, one.label(), one.place)


def _number(written: object) -> float:
    found = exact(written)
    return float(found) if found is not None else 0.0


def _likeness(part: Part) -> Likeness:
    weight = _number(part.value["weight"]) if part.has("weight") else 1.0
    return Likeness(_path(part.text("path")), part.label(), part.place, weight, part.text("scale") == "log")


def _contract(part: Part) -> ContractRows:
    clauses = part.inner("clauses")
    names = (clauses.text(one) for one in ("entity", "by", "kind", "text"))
    return ContractRows(part.text("entity"), part.text("by"), *names)


def _money(part: Part) -> Money | None:
    listed = part.formula("list")
    if listed is None:
        return None
    cost, service, capital, floor = (_optional(part, one) for one in ("cost", "service", "capital", "floor"))
    return Money(listed, cost, service, capital, floor, part.whole("late_days", 30), _optional(part, "haste"))


def _optional(part: Part, key: str) -> Formula | None:
    return part.formula(key) if part.has(key) else None


def _foretold(part: Part, key: str) -> Foretold | None:
    if not part.has(key):
        return None
    inner = part.inner(key)
    return Foretold(inner.text("model"), inner.text("pipeline"), inner.text("by"), inner.text("amount"))


def _effect(part: Part) -> PriceEffect:
    learnt = (part.text(key) for key in ("pipeline", "treatment", "cluster", "recorded"))
    return PriceEffect(part.text("name"), MappingProxyType(dict(_paths(part, "where"))), *learnt)


def _signals(part: Part) -> Signals:
    names = {one: part.text(one) for one in ("entity", "at", "text", "source", "confidence", "url")}
    return Signals(
        **names,
        days=part.whole("days", 30),
        where=_optional(part, "where"),
        match=MappingProxyType(dict(_paths(part, "match"))),
    )


def _jitter(part: Part) -> Jitter:
    return Jitter(_number(part.value["most"]), part.whole("steps", 4), part.label("consent"))


def _payment(part: Part) -> PaymentRows:
    return PaymentRows(*(part.text(one) for one in ("entity", "by", "due", "late", "amount")))


def _paths(part: Part, key: str) -> Iterator[tuple[str, Path]]:
    for name, path in part.entries(key):
        yield name, _path(str(path))


def _path(written: str) -> Path:
    return tuple(written.split("."))
