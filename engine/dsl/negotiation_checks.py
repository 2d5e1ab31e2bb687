"""What can be written into a negotiation and cannot be meant: terms that are no numbers, features that no pipeline has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.diagnostics import Diagnostic
from engine.dsl.document import Document
from engine.dsl.part import Part
from engine.dsl.pipeline_scopes import entity_in_pipeline
from engine.dsl.suggestions import listed, suggestion
from engine.dsl.symbols import FieldSymbol, resolve_path
from engine.model.entities import NUMERIC_KINDS, FieldKind
from engine.model.formula import Formula, is_number

_SUMS = ("list", "cost", "service", "haste", "capital", "floor")


def negotiation_problems(part: Part) -> Iterator[Diagnostic]:
    """All that is wrong with a negotiation besides its shape and its names."""
    levers = tuple(part.items("levers"))
    yield from _relations(part)
    yield from _days(part)
    yield from _levers(part, levers)
    for key in _SUMS:
        yield from _number(part.inner("money"), key)
    for key in ("win", "late"):
        if part.has(key):
            yield from _model(part, key, levers)
    priced = any(one.text("part") == "price" for one in levers)
    for key, code in (("effect", "E628"), ("jitter", "E626")):
        if part.has(key) and not priced:
            yield part.key_problem(code, key)
    match = part.inner("signals").entries("match")
    for name, _ in match:
        if _field(part, part.inner("signals").text("entity"), name) is None:
            yield from _unknown(part.inner("signals"), name)


def _unknown(part: Part, name: str) -> Iterator[Diagnostic]:
    known = part.context.symbols.entities.get(part.text("entity"))
    if known is not None and not known.broken:
        values = {"entity": known.name, "name": name, "allowed": listed(known.fields)}
        yield part.key_problem("E302", "match", name, hint=suggestion(name, known.fields), **values)


def _relations(part: Part) -> Iterator[Diagnostic]:
    """Relations lead where they must: to the record, to the terms, to their contract, to the customer."""
    history = part.inner("history")
    customer = _field(part, history.text("entity"), history.text("customer"))
    customers = customer.target if customer is not None else None
    yield from _leads(history, "of", part.text("entity"))
    if customer is not None and customer.kind not in (FieldKind.RELATION, None):
        yield history.problem("E413", "customer", type=customer.kind, name=customer.name)
    if part.has("contract"):
        yield from _leads(part.inner("contract"), "by", history.text("entity"))
        if part.inner("contract").has("clauses"):
            yield from _leads(part.inner("contract", "clauses"), "by", part.inner("contract").text("entity"))
    if part.has("payment") and customers is not None:
        yield from _leads(part.inner("payment"), "by", customers)


def _leads(part: Part, key: str, target: str) -> Iterator[Diagnostic]:
    entity = part.context.symbols.entities.get(part.text("entity"))
    found = entity.fields.get(part.text(key)) if entity is not None else None
    if entity is None or found is None or found.kind is None or found.target == target:
        return
    known = [one.name for one in entity.fields.values() if one.target == target]
    yield part.problem("E621", key, name=found.name, entity=target, allowed=listed(known))


def _days(part: Part) -> Iterator[Diagnostic]:
    for inner, key in (("history", "at"), ("signals", "at"), ("payment", "due")):
        found = _field(part, part.inner(inner).text("entity"), part.inner(inner).text(key)) if part.has(inner) else None
        if found is not None and found.kind not in (FieldKind.DATE, None):
            yield part.problem("E629", inner, key, name=found.name)


def _levers(part: Part, levers: tuple[Part, ...]) -> Iterator[Diagnostic]:
    """A lever is a number, and a part of the money that no other is."""
    entity = part.inner("history").text("entity")
    taken: dict[str, str] = {}
    for lever in levers:
        plays = lever.text("part", "other")
        if plays != "other" and plays in taken:
            yield lever.problem("E622", "part", other=taken[plays], part=plays)
        taken.setdefault(plays, lever.id)
        found = resolve_path(part.context.symbols, entity, lever.text("field")).field
        if found is not None and found.kind is not None and found.kind not in NUMERIC_KINDS:
            yield lever.problem("E620", "field", name=lever.text("field"))
        for limit in (*lever.items("limits"), *lever.items("bounds")):
            yield from _number(limit, "formula")
        if not lever.value.get("limits"):
            yield lever.problem("W627", "id", name=lever.id)


def _number(part: Part, key: str) -> Iterator[Diagnostic]:
    found = part.formula(key)
    if isinstance(found, Formula) and not is_number(found.type):
        yield part.problem("E620", key, name=found.source)


def _model(part: Part, key: str, levers: tuple[Part, ...]) -> Iterator[Diagnostic]:
    """A model's pipeline has an outcome and the features that levers are said to be."""
    model, pipeline = part.inner(key), part.inner(key).text("pipeline")
    document = part.context.symbols.document("pipelines", pipeline)
    if document is None:
        return
    features, nodes = _features(document), {one.get("node") for one in _maps(document.data.get("nodes"))}
    if not features or "label" not in nodes:
        yield model.problem("E624", "pipeline", pipeline=pipeline)
        return
    of_rows = entity_in_pipeline(document, ("nodes", _place_of_features(document)))
    terms = part.inner("history").text("entity")
    if of_rows is not None and of_rows != terms and not model.has("by"):
        yield model.problem("E625", "pipeline", pipeline=pipeline, entity=of_rows)
    named = [(lever, key) for lever in levers if lever.has(key)] + ([(model, "amount")] if model.has("amount") else [])
    for holder, where in named:
        name = holder.text(where)
        if name not in features:
            hint = suggestion(name, features)
            yield holder.problem("E623", where, hint=hint, name=name, pipeline=pipeline, allowed=listed(features))


def _features(document: Document) -> list[str]:
    node = document.at(("nodes", _place_of_features(document)))
    settings = node.get("settings") if isinstance(node, Mapping) else None
    listed_features = settings.get("features") if isinstance(settings, Mapping) else None
    return [str(one["name"]) for one in _maps(listed_features) if "name" in one]


def _place_of_features(document: Document) -> int:
    nodes = _maps(document.data.get("nodes"))
    return next((place for place, one in enumerate(nodes) if one.get("node") == "features"), 0)


def _field(part: Part, entity: str, name: str) -> FieldSymbol | None:
    known = part.context.symbols.entities.get(entity)
    return known.fields.get(name) if known is not None else None


def _maps(value: object) -> list[Mapping[str, object]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []
