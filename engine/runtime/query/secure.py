"""Secure: the only source of rows. An entity enters a statement here, behind its reader's policy, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from sqlglot import exp

from engine.model.entities import Entity, Field, FieldKind
from engine.model.errors import UnknownField
from engine.model.formula import Formula
from engine.model.requests import Path
from engine.runtime.access.decisions import NEVER, Allow, Always, When, Whole
from engine.runtime.query import nodes
from engine.runtime.query.cells import READABLE, Cell, behind, secured_cell
from engine.runtime.query.compilation import TIMES, Compilation, parameter_of, present_parameter
from engine.runtime.query.names import HTML, TITLE, ResolvedPath, resolve
from engine.runtime.query.plan import ScopePlan, as_walk
from engine.runtime.query.rewrites.true_only import true_only
from engine.runtime.query.rich_words import words_of
from engine.runtime.query.stored_columns import StoredColumns
from engine.runtime.storage.built_in import KERNEL_TABLES, field_of

ColumnReader = Callable[[Entity, str, str], exp.Expression]
"""What the row of an entity at an alias holds in a column. Rights are decided on what it holds now."""


@dataclass(slots=True)
class SecuredRows:
    """The rows of one entity that its reader reaches, while a statement is built on them.

    Relation paths add joins; each joined entity stands behind its own policy, so a cell of an unreachable row is empty.
    `columns` reads what a row holds in a column, where that is not what it holds now.
    """

    compilation: Compilation
    entity: Entity
    access: Allow
    alias: str
    deleted: bool = False
    columns: ColumnReader | None = None
    _joins: dict[Path, tuple[str, Entity | FieldKind]] = field(default_factory=dict)
    _join_nodes: list[exp.Join] = field(default_factory=list)

    def cell(self, path: Path) -> Cell:
        """The secured cell at `path`; raises UnknownField for a name that the reader does not have."""
        return self.resolved_cell(resolve(self.compilation.reader, self.entity.name, path))

    def resolved_cell(self, resolved: ResolvedPath) -> Cell:
        alias, holder = self._reach(resolved.path[: len(resolved.steps)], resolved.steps)
        cell = self._cell_at(alias, holder, resolved.field, resolved.path[-1] == HTML)
        if not isinstance(holder, Entity) and resolved.path[-1] == TITLE:
            cell = self._kernel_title(alias, cell)
        return behind(cell, nodes.column(alias, "id"), self._link(resolved)) if resolved.steps else cell

    def holder(self, path: Path) -> tuple[str, Entity]:
        """The alias of the row that holds the field at `path`, and its entity; raises UnknownField where it is none's."""
        resolved = resolve(self.compilation.reader, self.entity.name, path)
        alias, holder = self._reach(resolved.path[: len(resolved.steps)], resolved.steps)
        if not isinstance(holder, Entity):
            raise UnknownField(".".join(path))
        return alias, holder

    def condition(self) -> exp.Expression:
        """What keeps every other row out: the policy, and living rows unless deleted ones were asked for."""
        rights = policy(self.compilation, self.access, self.alias, self.deleted)
        if self.compilation.plan is ScopePlan.WALK:
            rights = [as_walk(right) for right in rights]
        return nodes.all_of([alive(self.alias, self.deleted), *rights])

    def select(self, expressions: list[exp.Expression], *conditions: exp.Expression) -> exp.Select:
        """A select over these rows; cells asked for later add their joins to it."""
        tree = exp.Select(expressions=expressions)
        tree.set("from_", exp.From(this=nodes.table(self.entity.name, self.alias)))
        tree.set("joins", self._join_nodes)
        tree.set("where", exp.Where(this=nodes.all_of([self.condition(), *conditions])))
        return tree

    def read_by(self, columns: ColumnReader) -> SecuredRows:
        """The same rows with their columns read otherwise; what it joins is joined to the statement of these rows."""
        return SecuredRows(
            self.compilation, self.entity, self.access, self.alias, self.deleted, columns, {}, self._join_nodes
        )

    def own(self, name: str) -> exp.Column:
        """A built-in column of the row itself: id and version are open to whoever reaches the row."""
        return nodes.column(self.alias, name)

    def _cell_at(self, alias: str, holder: Entity | FieldKind, found: Field, formatted: bool = False) -> Cell:
        """The cell of a field; of a rich text its words, or with `formatted` all of it, of which a mask shows nothing."""
        column: exp.Expression = nodes.column(alias, found.name)
        if self.columns is not None and isinstance(holder, Entity):
            column = self.columns(holder, alias, found.name)
        if found.rich and not formatted:
            column = words_of(column, self.compilation.dialect)
        if not isinstance(holder, Entity):
            return Cell(found, column, column, READABLE, "all")
        access = self.access if alias == self.alias else self._required(holder.name)

        def lower(formula: Formula) -> exp.Expression:
            return rule(self.compilation, holder, alias, formula)

        decision = access.field(found.name)
        if formatted:
            decision = replace(decision, masked=NEVER)
        return secured_cell(found, column, decision, lower, self.compilation.dialect)

    def _kernel_title(self, alias: str, cell: Cell) -> Cell:
        """Users and units may have a name in English too."""
        if self.compilation.reader.context.language != "en":
            return cell
        name = exp.Coalesce(this=nodes.column(alias, "name_en"), expressions=[nodes.column(alias, "name")])
        return Cell(cell.field, name, name, READABLE, cell.mask)

    def _required(self, entity: str) -> Allow:
        access = self.compilation.reader.access(entity)
        if access is None:
            raise UnknownField(entity)
        return access

    def _link(self, resolved: ResolvedPath) -> exp.Expression:
        """The reference that the last step follows, as far as it may be read."""
        return self.resolved_cell(
            ResolvedPath(resolved.path[: len(resolved.steps)], resolved.steps[:-1], resolved.steps[-1])
        ).open

    def _reach(self, path: Path, steps: tuple[Field, ...]) -> tuple[str, Entity | FieldKind]:
        """The alias of the row at the end of `path`, joined when it was not yet."""
        if not steps:
            return self.alias, self.entity
        if path not in self._joins:
            alias, holder = self._reach(path[:-1], steps[:-1])
            self._joins[path] = self._join(self._cell_at(alias, holder, steps[-1]).open, steps[-1])
        return self._joins[path]

    def _join(self, link: exp.Expression, step: Field) -> tuple[str, Entity | FieldKind]:
        alias = self.compilation.alias()
        matches = nodes.compare(exp.EQ, nodes.column(alias, "id"), link)
        if step.relation is None:
            self._join_nodes.append(_left_join(KERNEL_TABLES[step.kind], alias, [matches]))
            return alias, step.kind
        access = self._required(step.relation.entity)
        conditions = [matches, alive(alias), *policy(self.compilation, access, alias)]
        self._join_nodes.append(_left_join(step.relation.entity, alias, conditions))
        return alias, self.compilation.reader.model.entities[step.relation.entity]


def secure(compilation: Compilation, entity: str, access: Allow, deleted: bool = False) -> SecuredRows:
    """The rows of `entity` under `access`. There is no other way to rows, and none without an access decision."""
    return SecuredRows(compilation, compilation.reader.model.entities[entity], access, compilation.alias(), deleted)


def policy(compilation: Compilation, access: Allow, alias: str, deleted: bool = False) -> list[exp.Expression]:
    """The row rule of a decision as conditions on the row at `alias`; none when every row is allowed.

    Who looks at the past must be allowed to read the row as it was and as it is.
    """
    then = _policy(compilation, access, alias, deleted)
    if not then or not compilation.looks_back:
        return then
    return [
        *then,
        _as_it_stands(compilation, access.entity, alias, lambda row: _policy(compilation, access, row, None)),
    ]


def _as_it_stands(
    compilation: Compilation, entity: str, alias: str, build: Callable[[str], list[exp.Expression]]
) -> exp.Expression:
    """Whether conditions hold on the row at `alias` as it stands now, be it deleted or not, at the time of the request."""
    row = compilation.alias()
    mine = nodes.compare(exp.EQ, nodes.column(row, "id"), nodes.column(alias, "id"))
    select = exp.Select(expressions=[nodes.number(1)])
    select.set("from_", exp.From(this=nodes.table(entity, row)))
    select.set("where", exp.Where(this=nodes.all_of([mine, *build(row)])))
    compilation.present.update(one.alias for one in select.find_all(exp.Table))
    times = {parameter_of(name): present_parameter(name) for name in TIMES}
    for one in select.find_all(exp.Placeholder):
        one.set("this", times.get(str(one.this), one.this))
    return nodes.exists(select)


def _policy(compilation: Compilation, access: Allow, alias: str, deleted: bool | None) -> list[exp.Expression]:
    """The row rule on the row at `alias`; `deleted` is None for rows that may be deleted or not."""
    entity = compilation.reader.model.entities[access.entity]
    match access.rows:
        case Always():
            return []
        case When(formulas):
            lower = StoredColumns(compilation, entity, alias).lower
            return [nodes.any_of([true_only(lower(formula)) for formula in formulas])]
        case Whole(relation, whole):
            inner = compilation.alias()
            link = nodes.compare(exp.EQ, nodes.column(inner, "id"), nodes.column(alias, relation))
            living = [alive(inner)] if deleted is False else []
            select = exp.Select(expressions=[nodes.number(1)])
            select.set("from_", exp.From(this=nodes.table(whole.entity, inner)))
            conditions = [link, *living, *_policy(compilation, whole, inner, deleted)]
            select.set("where", exp.Where(this=nodes.all_of(conditions)))
            return [nodes.exists(select)]


def alive(alias: str, deleted: bool = False) -> exp.Expression:
    gone = nodes.column(alias, "deleted_at")
    return nodes.is_not_null(gone) if deleted else nodes.is_null(gone)


def rule(compilation: Compilation, entity: Entity, alias: str, formula: Formula) -> exp.Expression:
    """A rule's formula as a condition on stored values; only rights are decided on those. Of the past it must hold then and now."""

    def on(row: str) -> exp.Expression:
        return StoredColumns(compilation, entity, row).lower(formula)

    if not compilation.looks_back:
        return on(alias)
    return nodes.all_of([on(alias), _as_it_stands(compilation, entity.name, alias, lambda row: [on(row)])])


def _left_join(name: str, alias: str, conditions: list[exp.Expression]) -> exp.Join:
    return exp.Join(this=nodes.table(name, alias), side="LEFT", on=nodes.all_of(conditions))


def own_title(entity: Entity) -> Field | None:
    """The field that names a row of `entity`."""
    return field_of(entity, entity.title)
