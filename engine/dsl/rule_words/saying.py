"""A typed rule in words: the plain restatement, in a form that is read back as the same rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from engine.dsl.rule_words.formulas import condition_text, number
from engine.dsl.rule_words.meaning import (
    Action,
    Amount,
    AmountSort,
    Approval,
    Blank,
    Branch,
    Cell,
    Compare,
    Condition,
    Day,
    Denied,
    Every,
    Flag,
    Fold,
    Holds,
    Limit,
    Move,
    Notify,
    OneOf,
    Path,
    Person,
    Put,
    Refuse,
    Require,
    Scaled,
    Sign,
    Some,
    Task,
    Term,
    TypedRule,
    Warn,
    Words,
    Writer,
)
from engine.dsl.rule_words.tongues import ENGLISH, TONGUES, Tongue
from engine.model.app import AppModel
from engine.model.entities import Field, FieldKind


def restated(rule: TypedRule, model: AppModel, language: str) -> str:
    """The rule as a sentence in a language (zh, en)."""
    return Saying(model, rule.entity, TONGUES.get(language, ENGLISH)).rule(rule)


def said_cell(model: AppModel, cell: tuple[str, Path], value: object, language: str) -> str:
    """The value of a cell (its entity and path) as people read it."""
    entity, path = cell
    tongue, field = TONGUES.get(language, ENGLISH), model.field(entity, path)
    if value is None:
        return tongue.nothing
    if isinstance(value, bool):
        return tongue.true if value else tongue.false
    if isinstance(value, Decimal | int):
        sort: AmountSort = "percent" if field is not None and field.kind is FieldKind.PERCENT else "number"
        return Saying(model, entity, tongue).amount(Amount(Decimal(value), sort), Cell(path))
    option = field.choice(str(value)) if field is not None else None
    return option.label.text(language) if option is not None else str(value)


@dataclass(frozen=True)
class Saying:
    """Says parts of rules about the records of one entity."""

    model: AppModel
    entity: str
    tongue: Tongue

    # ---- whole sentences

    def rule(self, rule: TypedRule) -> str:
        """The whole rule."""
        first, *rest = [self._branch(one, rule, at) for at, one in enumerate(rule.branches)]
        said = self.tongue.then.join([first, *rest])
        often = self.tongue.often.get(rule.start.sort, "")
        return f"{often}{said}" if self.tongue.chinese else (often + said)[:1].upper() + (often + said)[1:]

    def _branch(self, branch: Branch, rule: TypedRule, at: int) -> str:
        whose = self.label(self.entity) if at == 0 else ""
        begins = self._start(rule, whose) if at == 0 else ""
        acts = self.tongue.comma.join(self.action(one) for one in branch.actions)
        if branch.when is None:
            return f"{begins}{acts}" if begins else self.tongue.always.format(whose=whose, acts=acts)
        said = self.condition(branch.when)
        whose = "" if said.startswith(whose) else whose
        return self.tongue.when.format(begins=begins, whose="" if begins else whose, said=said, acts=acts)

    def _start(self, rule: TypedRule, whose: str) -> str:
        if rule.start.sort == "created":
            return self.tongue.created.format(whose=whose)
        if rule.start.sort == "updated":
            return self.tongue.updated.format(whose=whose)
        life = self.model.workflow_of(self.entity)
        move = life.transition(rule.start.move) if life and rule.start.move else None
        return self.tongue.moved.format(whose=whose, move=move.label.text(self.tongue.language)) if move else ""

    # ---- names

    def label(self, entity: str) -> str:
        """What records of an entity are called."""
        text = self.model.entities[entity].label.text(self.tongue.language)
        return text if self.tongue.chinese else text.lower()

    def path(self, path: Path, start: str = "") -> str:
        """A field along relations; a name of definitions where two fields are called the same."""
        words: list[str] = []
        current = start or self.entity
        for name in path:
            entity = self.model.entities.get(current)
            field = entity.fields.get(name) if entity else None
            words.append(self._called(current, field, name))
            current = field.relation.entity if field and field.relation else ""
        return self.tongue.of.join(words)

    def _called(self, entity: str, field: Field | None, name: str) -> str:
        if field is None:
            return self.tongue.stamps.get(name, name)
        label = field.label.text(self.tongue.language)
        alike = [
            one for one in self.model.entities[entity].fields.values() if one.label.text(self.tongue.language) == label
        ]
        return name if len(alike) > 1 else label if self.tongue.chinese else label.lower()

    def _field(self, path: Path, start: str = "") -> Field | None:
        return self.model.field(start or self.entity, path)

    def person(self, person: Person) -> str:
        """Somebody."""
        match person.sort:
            case "head":
                return self.tongue.head_above if person.above else self.tongue.head
            case "manager":
                return (
                    self.tongue.manager_of.format(whom=self.path(person.path)) if person.path else self.tongue.manager
                )
            case "member":
                return self.path(person.path)
            case "role":
                role = self.model.roles.get(person.role)
                label = role.label.text(self.tongue.language) if role else person.role
                return self.tongue.role.format(role=label)
            case _:
                return self.tongue.initiator

    def people(self, people: Iterable[Person]) -> str:
        """Several."""
        return self.tongue.both.join(self.person(one) for one in people)

    # ---- conditions

    def condition(self, condition: Condition, start: str = "") -> str:
        """A condition."""
        match condition:
            case Every(parts=parts):
                return self._every(list(parts), start)
            case Some(parts=parts):
                return self.tongue.either.join(self._within(one, start) for one in parts)
            case Compare():
                return self._compare(condition, start)
            case OneOf(path=path, options=options, negated=negated):
                return self._one_of(path, options, negated, start)
            case Blank(path=path, negated=negated):
                return (self.tongue.filled if negated else self.tongue.blank).format(what=self.path(path, start))
            case Flag(path=path, negated=negated):
                return (self.tongue.no if negated else self.tongue.yes).format(what=self.path(path, start))
            case Holds(path=path, text=text, negated=negated):
                return (self.tongue.holds_not if negated else self.tongue.holds).format(
                    what=self.path(path, start), text=text
                )
            case Writer(roles=roles, negated=negated):
                names = self.tongue.either.join(self.person(Person("role", one)) for one in roles)
                return (self.tongue.writer_not if negated else self.tongue.writer).format(role=names)
            case Denied():
                return condition_text(condition)

    def _within(self, condition: Condition, start: str) -> str:
        text = self.condition(condition, start)
        return self.tongue.group.format(text) if isinstance(condition, Every | Some) else text

    def _every(self, parts: list[Condition], start: str) -> str:
        said: list[str] = []
        at = 0
        while at < len(parts):
            both = self._span(parts[at], parts[at + 1], start) if at + 1 < len(parts) else ""
            said.append(both or (self._within(parts[at], start)))
            at += 2 if both else 1
        return self.tongue.also.join(said)

    def _span(self, first: Condition, second: Condition, start: str) -> str:
        """Two comparisons that are one: within so many days, in a period, between two values."""
        if not (isinstance(first, Compare) and isinstance(second, Compare) and first.left == second.left):
            return ""
        if (first.sign, second.sign) != (">=", "<=") or isinstance(first.left, Fold):
            return ""
        what = self._term(first.left, start)
        low, high = first.right, second.right
        if isinstance(low, Day) and isinstance(high, Day):
            if low == Day() and high.base == "today":
                return self.tongue.soon.format(what=what, span=self._length(high))
            period = self.tongue.periods.get((low.base, low.months, low.days))
            known = low.base == high.base and high.last and (low.months, low.days) == (high.months, high.days)
            return self.tongue.in_period.format(what=what, period=period) if period and known else ""
        return self.tongue.between.format(
            what=what, low=self._term(low, start, first.left), high=self._term(high, start, first.left)
        )

    def _length(self, day: Day) -> str:
        if day.hours:
            return self.tongue.hours.format(abs(day.hours))
        return (self.tongue.months if day.months else self.tongue.days).format(abs(day.months or day.days))

    def _compare(self, one: Compare, start: str) -> str:
        if isinstance(one.left, Fold):
            return self._folded(one.left, one.sign, one.right)
        what = self._term(one.left, start)
        if isinstance(one.right, Day) and one.right.base == "today" and one.right.on is None:
            return self._ago(what, one.sign, one.right)
        value = self._term(one.right, start, one.left)
        return self.tongue.compare.format(what=what, sign=self.tongue.signs[one.sign], value=value)

    def _ago(self, what: str, sign: Sign, day: Day) -> str:
        if day == Day():
            past = {"<": self.tongue.passed, ">": self.tongue.ahead, "=": self.tongue.today}.get(sign)
            return (past or self.tongue.compare).format(
                what=what, sign=self.tongue.signs[sign], value=self.tongue.this_day
            )
        if sign == ">=" and (day.days < 0 or day.months < 0 or day.hours < 0):
            return self.tongue.recent.format(what=what, span=self._length(day))
        mirrored: dict[Sign, Sign] = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "<>": "<>"}
        return self.tongue.ago.format(what=what, sign=self.tongue.signs[mirrored[sign]], value=self._length(day))

    def _folded(self, fold: Fold, sign: Sign, right: Term) -> str:
        entity = self.model.entities[self.entity].collections[fold.collection[-1]].entity
        parts = list(fold.where.parts) if isinstance(fold.where, Every) else [fold.where] if fold.where else []
        window, kind, rest = "", "", []
        for one in parts:
            if (
                isinstance(one, Compare)
                and one.sign == ">="
                and isinstance(one.right, Day)
                and one.right.base == "today"
            ):
                window = self.tongue.window.format(self._length(one.right))
            elif isinstance(one, OneOf) and len(one.options) == 1 and not one.negated and not kind:
                field = self._field(one.path, entity)
                option = field.choice(one.options[0]) if field else None
                kind = option.label.text(self.tongue.language) if option else one.options[0]
            else:
                rest.append(one)
        called = (kind if self.tongue.chinese else kind.lower()) or self.label(entity)
        if rest:
            called = self.tongue.such.format(what=called, where=" ".join(self.condition(one, entity) for one in rest))
        if sign == "=" and right == Amount(Decimal(0)):
            return self.tongue.none.format(window=window, what=called)
        return self.tongue.counted.format(
            window=window, what=called, sign=self.tongue.signs[sign], value=self._term(right)
        )

    def _one_of(self, path: Path, options: tuple[str, ...], negated: bool, start: str) -> str:
        field = self._field(path, start)
        names = []
        for name in options:
            option = field.choice(name) if field else None
            label = option.label.text(self.tongue.language) if option else name
            names.append(f"「{label}」" if self.tongue.chinese else f'"{label}"')
        isnt = self.tongue.isnt if negated else self.tongue.is_
        return isnt.format(what=self.path(path, start), options=self.tongue.either.join(names))

    def _term(self, term: Term, start: str = "", beside: Term | None = None) -> str:
        match term:
            case Amount():
                return self.amount(term, beside, start)
            case Cell(path=path):
                return self.path(path, start)
            case Scaled(path=path, factor=factor):
                return self.tongue.share.format(what=self.path(path, start), share=f"{number(factor * 100)}%")
            case Day(on=on) if on is not None:
                return on.isoformat()
            case Day():
                return self.tongue.edges.get((term.base, term.last), self.tongue.this_day)
            case Words(text=text):
                return f"「{text}」"
            case Fold():
                return self.label(self.model.entities[self.entity].collections[term.collection[-1]].entity)

    def amount(self, amount: Amount, beside: Term | None, start: str = "") -> str:
        """A number as it was meant, with the unit of the cell beside it."""
        if amount.sort == "percent":
            return f"{number(amount.value * 100)}%"
        if amount.sort == "money" and self.tongue.chinese and amount.value >= 10_000 and amount.value % 100 == 0:
            return f"{number(amount.value / 10_000)} 万元"
        field = self._field(beside.path, start) if isinstance(beside, Cell) else None
        unit = field.measure_unit.text(self.tongue.language) if field is not None else ""
        return f"{number(amount.value)} {unit}" if unit else number(amount.value)

    # ---- actions

    def action(self, action: Action) -> str:
        """An action."""
        match action:
            case Warn(message=message):
                return self.tongue.warn + self._quoted(message)
            case Refuse(message=message):
                return self.tongue.refuse + self._quoted(message)
            case Require(fields=fields):
                return self.tongue.require.format(self.tongue.both.join(self.path((one,)) for one in fields))
            case Limit():
                return self._limit(action)
            case Approval():
                return self._approval(action)
            case Notify(people=people, message=message):
                return self.tongue.notify.format(self.people(people)) + self._quoted(message)
            case Task(people=people, title=title, within=within):
                due = self._due(within)
                return self.tongue.task.format(who=self.people(people), title=self._quoted(title)) + due
            case Put(field=name, value=value):
                return self.tongue.put.format(what=self.path((name,)), value=self._put(name, value))
            case Move(transition=name):
                life = self.model.workflow_of(self.entity)
                move = life.transition(name) if life else None
                return self.tongue.move.format(move.label.text(self.tongue.language) if move else name)

    def _approval(self, action: Approval) -> str:
        if action.mode == "sequence":
            return self.tongue.then_by.join(self.tongue.approval.format(self.person(one)) for one in action.people)
        joined: dict[str, Callable[[], str]] = {
            "all": lambda: self.tongue.jointly.format(self.people(action.people)),
            "any": lambda: self.tongue.approval.format(
                self.tongue.either.join(self.person(one) for one in action.people)
            ),
        }
        return joined[action.mode]()

    def _limit(self, action: Limit) -> str:
        what, beside = self.path(action.field), Cell(action.field)
        least = self._term(action.least, "", beside) if action.least is not None else ""
        most = self._term(action.most, "", beside) if action.most is not None else ""
        if least and most:
            return self.tongue.limit_both.format(what=what, low=least, high=most)
        return (self.tongue.limit_most if most else self.tongue.limit_least).format(what=what, value=most or least)

    def _due(self, within: str) -> str:
        if not within:
            return ""
        return self.tongue.due.format(
            (self.tongue.hours if within[-1] == "h" else self.tongue.days).format(within[:-1])
        )

    def _put(self, name: str, value: Term | str | bool) -> str:
        if isinstance(value, bool):
            return self.tongue.true if value else self.tongue.false
        if isinstance(value, str):
            field = self._field((name,))
            option = field.choice(value) if field else None
            return option.label.text(self.tongue.language) if option else value
        return self._term(value, "", Cell((name,)))

    def _quoted(self, text: str) -> str:
        return f"「{text}」" if text else ""
