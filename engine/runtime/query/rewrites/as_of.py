"""As of: a statement over rows as they stand becomes one over rows as they stood at a moment.

What has changed since is undone: the first later version that changed a field holds what it was before, and a field that no
later version changed is what it is now. Rows untouched since cost one comparison. Only columns are replaced, so whatever the
statement asks (rights, filters, order, groups, joins) is asked of the row as it was.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlglot import exp

from engine.model.app import AppModel
from engine.model.entities import NUMERIC_KINDS, REFERENCE_KINDS, Entity, Field, FieldKind
from engine.model.sealing import envelope_column
from engine.runtime.identifiers import ALPHABET, LENGTH
from engine.runtime.query import nodes
from engine.runtime.storage.tables import version_table_name

MOMENT = "as_of"
"""The parameter that carries the moment, in microseconds."""
FIXED = frozenset({"id", "created_at", "created_by"})
"""What of a row never changes."""
_VERSION = VERSIONS = "w"
"""The alias of the versions that are read of a row."""


def as_it_was(tree: exp.Expression, model: AppModel, present: Collection[str], dialect: str) -> exp.Expression:
    """The tree with every column of an entity's row as it was, but of the rows whose aliases are `present`."""
    found = {
        one.alias: model.entities[one.name]
        for one in tree.find_all(exp.Table)
        if one.name in model.entities and one.alias not in present
    }
    for column in list(tree.find_all(exp.Column)):
        entity = found.get(column.table)
        if entity is None or column.name in FIXED:
            continue
        past, parent = Past(entity, column.table, dialect), column.parent
        if column.name == "deleted_at" and isinstance(parent, exp.Is) and isinstance(parent.expression, exp.Null):
            parent.replace(past.living())
        else:
            column.replace(past.column(column.name))
    return tree


class Past:
    """The columns of a row at an alias as they were at the moment of the request, or before the versions that are `later`: a
    condition on a version. Of a row that was never changed nothing is undone then."""

    def __init__(self, entity: Entity, alias: str, dialect: str, later: exp.Expression | None = None) -> None:
        self._entity, self._alias, self._dialect = entity, alias, dialect
        self._since = later
        self._index = "INSTR" if dialect == "sqlite" else "STRPOS"

    def column(self, name: str) -> exp.Expression:
        now, untouched = nodes.column(self._alias, name), self._untouched()
        field = self._entity.fields.get(name)
        match name:
            case "deleted_at":
                return self._gone(now, untouched)
            case "version":
                earlier = exp.Sub(this=nodes.column(_VERSION, "version"), expression=nodes.number(1))
                return nodes.case([(untouched, now)], exp.Coalesce(this=self._later(earlier), expressions=[now.copy()]))
            case "updated_at":
                at = exp.Coalesce(
                    this=self._until(nodes.column(_VERSION, "valid_from")),
                    expressions=[nodes.column(self._alias, "created_at")],
                )
                return nodes.case([(untouched, now)], at)
            case "updated_by":
                return nodes.case([(untouched, now)], self._until(nodes.column(_VERSION, "actor")))
            case "scope_unit":
                had = nodes.is_not_null(nodes.column(_VERSION, "before"))
                before = exp.Cast(this=self._json("scope_unit"), to=_type("BIGINT"))
                return self._undone(now, untouched, before, had)
        if field is None:
            raise KeyError(name)
        changed = exp.GT(
            this=self._call(nodes.column(_VERSION, "changed"), nodes.text(f'"{name}"')), expression=nodes.number(0)
        )
        held = self._json(envelope_column(field)) if field.sealed else self._stored(field)
        return self._undone(now, untouched, held, changed)

    def _untouched(self) -> exp.Expression:
        if self._since is not None:
            return nodes.compare(exp.EQ, nodes.column(self._alias, "version"), nodes.number(1))
        return nodes.compare(exp.LTE, nodes.column(self._alias, "updated_at"), nodes.parameter(MOMENT))

    def living(self) -> exp.Expression:
        """Whether a row was there: as a truth, of which PostgreSQL expects half the rows and not one in two hundred."""
        coming, to_come, later = self._coming()
        untouched = self._untouched()
        there = nodes.case([(to_come, exp.false())], exp.true())
        now = nodes.is_null(nodes.column(self._alias, "deleted_at"))
        return nodes.case(
            [
                (later, exp.false()),
                (untouched, now),
                (self._exists(coming), self._later(there, coming.copy())),
            ],
            now.copy(),
        )

    def _coming(self) -> tuple[exp.Expression, exp.Expression, exp.Expression]:
        """Of a version: whether it makes or ends a row, whether it makes one; of the row, whether it was made later."""
        action = nodes.column(_VERSION, "action")
        coming = exp.In(this=action, expressions=[nodes.text(one) for one in ("create", "delete", "restore")])
        to_come = exp.In(this=action.copy(), expressions=[nodes.text(one) for one in ("create", "restore")])
        later = nodes.compare(exp.GT, nodes.column(self._alias, "created_at"), nodes.parameter(MOMENT))
        return coming, to_come, later

    def _gone(self, now: exp.Expression, untouched: exp.Expression) -> exp.Expression:
        """Since when a row was not there: made later, or brought back later; still there when it was deleted later."""
        coming, to_come, later = self._coming()
        made, since = nodes.column(self._alias, "created_at"), nodes.column(_VERSION, "valid_from")
        return nodes.case(
            [
                (later, made),
                (untouched, now),
                (self._exists(coming), self._later(nodes.case([(to_come, since)]), coming.copy())),
            ],
            now.copy(),
        )

    def _undone(
        self, now: exp.Expression, untouched: exp.Expression, before: exp.Expression, changed: exp.Expression
    ) -> exp.Expression:
        return nodes.case([(untouched, now), (self._exists(changed), self._later(before, changed.copy()))], now.copy())

    def _exists(self, *conditions: exp.Expression) -> exp.Expression:
        return nodes.exists(self._versions(nodes.number(1), exp.GT, conditions))

    def _later(self, value: exp.Expression, *conditions: exp.Expression) -> exp.Expression:
        """A value of the first later version that fits."""
        select = self._versions(value, exp.GT, conditions)
        return _first(select, nodes.column(_VERSION, "version"))

    def _until(self, value: exp.Expression) -> exp.Expression:
        """A value of the version that stood."""
        select = self._versions(value, exp.LTE, ())
        return _first(select, exp.Ordered(this=nodes.column(_VERSION, "version"), desc=True))

    def _versions(
        self, value: exp.Expression, when: type[exp.Expression], conditions: tuple[exp.Expression, ...]
    ) -> exp.Select:
        mine = nodes.compare(exp.EQ, nodes.column(_VERSION, "record"), nodes.column(self._alias, "id"))
        since = exp.Add(this=nodes.column(_VERSION, "valid_from"), expression=nodes.number(0))  # by record, not by time
        then = nodes.compare(when, since, nodes.parameter(MOMENT)) if self._since is None else self._since.copy()
        select = exp.Select(expressions=[value])
        select.set("from_", exp.From(this=nodes.table(version_table_name(self._entity.name), _VERSION)))
        select.set("where", exp.Where(this=nodes.all_of([mine, then, *conditions])))
        return select

    def _json(self, name: str) -> exp.Expression:
        """What a version holds of a field before it, as text (SQLite: numbers and truths as they are)."""
        before = nodes.column(_VERSION, "before")
        if self._dialect == "sqlite":
            return nodes.call("JSON_EXTRACT", before, nodes.text(f"$.{name}"))
        document = exp.Cast(this=before, to=_type("JSON"))
        return nodes.call("JSON_EXTRACT_PATH_TEXT", document, nodes.text(name))

    def _call(self, text: exp.Expression, sought: exp.Expression) -> exp.Expression:
        return nodes.call(self._index, text, sought)

    def _stored(self, field: Field) -> exp.Expression:
        """A field's value before, from its JSON form to what its column holds."""
        text = self._json(field.name)
        kind = field.kind
        if kind in NUMERIC_KINDS and kind is not FieldKind.INTEGER:
            return self._scaled(text, field.scale)
        if kind in REFERENCE_KINDS or kind is FieldKind.ATTACHMENT:
            return self._identity(text)
        match kind:
            case FieldKind.INTEGER:
                return _whole(text)
            case FieldKind.BOOLEAN:
                return text if self._dialect == "sqlite" else exp.Cast(this=text, to=_type("BOOLEAN"))
            case FieldKind.DATE:
                return text if self._dialect == "sqlite" else exp.Cast(this=text, to=_type("DATE"))
            case FieldKind.INSTANT:
                return self._instant(text)
            case FieldKind.DURATION:
                return self._duration(text)
            case FieldKind.CHOICES:
                return nodes.call("REPLACE", text, nodes.text('", "'), nodes.text('","'))
            case _:
                return text

    def _scaled(self, text: exp.Expression, scale: int) -> exp.Expression:
        """`12.50` as 1250; written with another number of places than the field has now, by way of the number."""
        point = self._call(text, nodes.text("."))
        behind = exp.Sub(this=nodes.call("LENGTH", text.copy()), expression=point.copy())
        places = nodes.case([(nodes.compare(exp.EQ, point, nodes.number(0)), nodes.number(0))], behind)
        same = nodes.compare(exp.EQ, places, nodes.number(scale))
        digits = _whole(nodes.call("REPLACE", text.copy(), nodes.text("."), nodes.text("")))
        number = exp.Cast(this=text.copy(), to=_type("DOUBLE" if self._dialect == "sqlite" else "DECIMAL"))
        moved = nodes.call("ROUND", exp.Mul(this=number, expression=nodes.number(10**scale)))
        return nodes.case([(same, digits)], _whole(moved))

    def _identity(self, text: exp.Expression) -> exp.Expression:
        """The number of an identifier of thirteen characters."""
        total: exp.Expression | None = None
        for place in range(1, LENGTH + 1):
            character = nodes.call("SUBSTR", text.copy(), nodes.number(place), nodes.number(1))
            digit = exp.Paren(
                this=exp.Sub(this=_whole(self._call(nodes.text(ALPHABET), character)), expression=nodes.number(1))
            )
            part = exp.Mul(this=digit, expression=nodes.number(32 ** (LENGTH - place)))
            total = part if total is None else exp.Add(this=total, expression=part)
        return nodes.case([(nodes.is_not_null(text), total or nodes.null())])

    def _instant(self, text: exp.Expression) -> exp.Expression:
        """`2026-03-01T01:00:00.5Z` as microseconds."""
        if self._dialect != "sqlite":
            instant = exp.Cast(this=text, to=_type("TIMESTAMPTZ"))
            epoch = exp.Extract(this=exp.Var(this="EPOCH"), expression=instant)
            return _whole(exp.Mul(this=exp.Paren(this=epoch), expression=nodes.number(1_000_000)))
        seconds = nodes.call("SUBSTR", text, nodes.number(1), nodes.number(19))
        whole = exp.Mul(
            this=_whole(nodes.call("STRFTIME", nodes.text("%s"), seconds)), expression=nodes.number(1_000_000)
        )
        point = self._call(text.copy(), nodes.text("."))
        begin = exp.Add(this=point.copy(), expression=nodes.number(1))
        micros = _whole(nodes.call("SUBSTR", text.copy(), begin, nodes.number(6)))
        part = nodes.case([(nodes.compare(exp.GT, point, nodes.number(0)), micros)], nodes.number(0))
        return exp.Paren(this=exp.Add(this=whole, expression=part))

    def _duration(self, text: exp.Expression) -> exp.Expression:
        """`PT1H30M` as seconds."""
        negative = nodes.compare(exp.EQ, nodes.call("SUBSTR", text, nodes.number(1), nodes.number(1)), nodes.text("-"))
        start = nodes.case([(negative.copy(), nodes.number(4))], nodes.number(3))
        rest: exp.Expression = nodes.call("SUBSTR", text.copy(), start)
        total: exp.Expression = nodes.number(0)
        for mark, seconds in (("H", 3600), ("M", 60), ("S", 1)):
            at = self._call(rest.copy(), nodes.text(mark))
            before = exp.Sub(this=at.copy(), expression=nodes.number(1))
            count = _whole(nodes.call("SUBSTR", rest.copy(), nodes.number(1), before))
            part = nodes.case([(nodes.compare(exp.GT, at, nodes.number(0)), count)], nodes.number(0))
            total = exp.Add(this=total, expression=exp.Mul(this=part, expression=nodes.number(seconds)))
            rest = nodes.call("SUBSTR", rest.copy(), exp.Add(this=at.copy(), expression=nodes.number(1)))
        signed = nodes.case([(negative, exp.Neg(this=exp.Paren(this=total)))], total.copy())
        return nodes.case([(nodes.is_not_null(text), signed)])


def _type(name: str) -> exp.DataType:
    return exp.DataType(this=exp.DataType.Type[name])


def _whole(value: exp.Expression) -> exp.Expression:
    return exp.Cast(this=value, to=_type("BIGINT"))


def _first(select: exp.Select, order: exp.Expression) -> exp.Expression:
    """The first value of a select by an order."""
    return nodes.scalar(select.order_by(order, copy=False).limit(1, copy=False))
