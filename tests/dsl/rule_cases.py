"""Rule sentences with what they are expected to mean: blocks of `key: value`, as a consultant writes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from engine.dsl.rule_words.doubts import Doubt, Question, Unknown
from engine.dsl.rule_words.formulas import condition_text, term_text
from engine.dsl.rule_words.meaning import (
    Action,
    Approval,
    Branch,
    Limit,
    Move,
    Notify,
    Person,
    Put,
    Refuse,
    Require,
    Task,
    TypedRule,
    Warn,
)
from engine.dsl.rule_words.reading import read_sentence
from engine.dsl.rule_words.sameness import Form, form_of
from engine.dsl.rule_words.vocabulary import Vocabulary
from engine.model.app import AppModel

FOLDER = Path(__file__).parents[1] / "fixtures" / "rule_sentences"


@dataclass
class Doing:
    """One action that is expected: where it holds, what it is, its parameters."""

    when: str
    do: str
    values: dict[str, list[str]] = field(default_factory=dict)

    def one(self, key: str) -> str:
        return self.values.get(key, [""])[-1]


@dataclass
class Case:
    """A sentence of a file with the readings that count."""

    file: str
    say: str
    head: dict[str, str] = field(default_factory=dict)
    readings: list[list[Doing]] = field(default_factory=lambda: [[]])


def cases_of(file: Path) -> Iterator[Case]:
    """The blocks of a file."""
    for block in file.read_text("utf-8").split("\n\n"):
        lines = [line.split(" #")[0].rstrip() if " #" in line else line.rstrip() for line in block.splitlines()]
        pairs = [line.partition(":")[::2] for line in lines if line.strip() and not line.lstrip().startswith("#")]
        if pairs:
            yield _case(file.name, [(key.strip(), value.strip()) for key, value in pairs])


def _case(file: str, pairs: Sequence[tuple[str, str]]) -> Case:
    case, when = Case(file, ""), ""
    for key, value in pairs:
        doings = case.readings[-1]
        if key == "say":
            case.say = value
        elif key == "or":
            case.readings.append([])
            when = ""
        elif key == "when":
            when = value
        elif key == "do":
            doings.append(Doing(when, value))
        elif key == "ask" and len(case.readings) > 1:
            case.head["or_ask"] = value
        elif doings and key not in {"contradicts", "never", "always", "entity", "pack", "starts"}:
            doings[-1].values.setdefault(key, []).append(value)
        else:
            case.head[key] = value
    return case


def failure_of(case: Case, vocabularies: Mapping[str, Vocabulary]) -> str:
    """Why the case is not as expected; empty when it is."""
    vocabulary = vocabularies[case.head["pack"]]
    try:
        rule = read_sentence(case.say, vocabulary).rule
    except Doubt as doubt:
        return _doubted(case, doubt)
    if "ask" in case.head or "unknown" in case.head:
        return f"it was read: {told(rule)}"
    if rule.entity != case.head.get("entity", rule.entity):
        return f"entity {rule.entity}"
    starts = case.head.get("starts")
    moved = all(isinstance(one, Require) for one in rule.actions)
    if starts and not moved and starts != f"{rule.start.sort} {rule.start.move}".strip():
        return f"starts {rule.start}"
    found = _meaning(rule, vocabulary.model)
    expected = [_expected(reading, vocabulary.model) for reading in case.readings]
    return "" if found in expected else f"{told(rule)}"


def _doubted(case: Case, doubt: Doubt) -> str:
    if "unknown" in case.head and not isinstance(doubt, Question):
        near = case.head.get("nearest")
        offered = {one.name for one in doubt.nearest} if isinstance(doubt, Unknown) else set()
        return "" if not near or near in offered else f"near are {sorted(offered)}"
    ask = case.head.get("ask") or case.head.get("or_ask")
    if ask and isinstance(doubt, Question):
        if doubt.about != ask.split()[0]:
            return f"asks {doubt.about}: {doubt.words.en}"
        wanted = {one.strip() for one in case.head.get("choices", "").split(",") if one.strip()}
        offered = {one.name for one in doubt.choices}
        return "" if wanted <= offered else f"offers {sorted(offered)}"
    return f"{type(doubt).__name__} {getattr(doubt, 'about', '')}: {doubt.words.zh}"


Meant = frozenset[tuple[object, ...]]


def _meaning(rule: TypedRule, model: AppModel) -> Meant:
    found: list[tuple[object, ...]] = []
    for branch in rule.branches:
        for action in _joined(branch):
            found.append((_condition(condition_text(branch.when) if branch.when else ""), *_act(action, model)))
    return frozenset(found)


def _joined(branch: Branch) -> Iterator[Action]:
    """Approvals one after the other are one line of people."""
    line = [one for one in branch.actions if isinstance(one, Approval)]
    if len(line) > 1:
        yield Approval(tuple(person for one in line for person in one.people))
        yield from (one for one in branch.actions if not isinstance(one, Approval))
    else:
        yield from branch.actions


def _condition(text: str) -> Form | None:
    return form_of(text) if text else None


def _act(action: Action, model: AppModel) -> tuple[object, ...]:
    match action:
        case Warn() | Refuse():
            return ("warn" if isinstance(action, Warn) else "refuse",)
        case Require(fields=fields):
            return ("require", frozenset(fields))
        case Limit(field=path, most=most, least=least):
            bounds = tuple(form_of(term_text(one)) if one is not None else None for one in (most, least))
            return ("limit", ".".join(path), *bounds)
        case Approval(people=people, mode=mode):
            return ("approval", tuple(_person(one, model) for one in people), mode if len(people) > 1 else "sequence")
        case Notify(people=people):
            return ("notify", frozenset(_person(one, model) for one in people))
        case Task(people=people, within=within):
            return ("task", frozenset(_person(one, model) for one in people), within)
        case Put(field=name, value=value):
            text = (
                str(value).lower()
                if isinstance(value, bool)
                else f'"{value}"'
                if isinstance(value, str)
                else term_text(value)
            )
            return ("set", name, form_of(text))
        case Move(transition=name):
            return ("move", name)


def _person(person: Person, model: AppModel) -> str:
    words = {
        "head": f"head {person.above}" if person.above else "head",
        "manager": f"manager {'.'.join(person.path)}".strip(),
        "member": f"member {'.'.join(person.path)}",
        "role": f"role {person.role}",
        "initiator": "initiator",
    }
    return _as_head(words[person.sort], model)


def _as_head(text: str, model: AppModel) -> str:
    """The role that only heads of a kind of unit have is said as the head."""
    name = text.removeprefix("role ")
    kinds = [
        kind
        for kind in model.unit_kinds.values()
        if not any(kind.name in other.parents for other in model.unit_kinds.values())
    ]
    heads = {role for kind in kinds for seat in kind.seats if seat.head for role in seat.roles}
    return "head" if text.startswith("role ") and name in heads else text


def _expected(doings: Sequence[Doing], model: AppModel) -> Meant:
    return frozenset((_condition(one.when), *_expected_act(one, model)) for one in doings)


def _expected_act(one: Doing, model: AppModel) -> tuple[object, ...]:
    def people(key: str) -> list[str]:
        listed = [part.strip() for value in one.values.get(key, []) for part in value.split(",")]
        return [_as_head(part, model) for part in listed]

    match one.do:
        case "require":
            return (
                "require",
                frozenset(part.strip() for value in one.values.get("fields", []) for part in value.split(",")),
            )
        case "limit":
            bounds = tuple(form_of(one.one(key)) if one.one(key) else None for key in ("most", "least"))
            return ("limit", one.one("field"), *bounds)
        case "approval":
            by = people("by")
            return ("approval", tuple(by), (one.one("mode") or "sequence") if len(by) > 1 else "sequence")
        case "notify":
            return ("notify", frozenset(people("to")))
        case "task":
            return ("task", frozenset(people("to")), one.one("within"))
        case "set":
            return ("set", one.one("field"), form_of(one.one("value")))
        case "move":
            return ("move", one.one("move"))
        case _:
            return (one.do,)


def told(rule: TypedRule) -> str:
    """A rule in one line."""
    branches = (
        f"[{condition_text(branch.when) if branch.when else ''}] {', '.join(map(str, branch.actions))}"
        for branch in rule.branches
    )
    return f"{rule.entity} {rule.start.sort} {rule.start.move} {' ;; '.join(branches)}"
