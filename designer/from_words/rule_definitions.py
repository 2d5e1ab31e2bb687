"""The definitions that a typed rule becomes: commands on the texts, as every act in the designer."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from designer.from_sheet.application import texts_of
from engine.dsl.rule_words.formulas import condition_text, term_text
from engine.dsl.rule_words.meaning import (
    WRITTEN,
    Action,
    Approval,
    Blank,
    Branch,
    Condition,
    Limit,
    Move,
    Notify,
    OneOf,
    Person,
    Put,
    Refuse,
    Require,
    Some,
    Task,
    Term,
    TypedRule,
    Warn,
)
from engine.dsl.rule_words.predicates import whole
from engine.dsl.rule_words.saying import Saying, restated
from engine.dsl.rule_words.tongues import TONGUES
from engine.model.app import AppModel
from engine.model.flows import Flow, TriggerKind

Definition = dict[str, object]
Command = Mapping[str, object]
LONGEST = 120
"""Characters of a label; the whole sentence stands in the message."""


@dataclass(frozen=True)
class RuleDefinitions:
    """Makes the commands for a rule in a pack; `taken` are names of rules and workflows that are there."""

    model: AppModel
    pack: str
    rule: TypedRule
    taken: frozenset[str]

    def commands(self) -> list[Command]:
        """All commands, in their order."""
        return [*self._rules(), *self._flows()]

    # ---- rules on written rows

    def _rules(self) -> Iterator[Command]:
        at = 0
        for branch in self.rule.branches:
            for action in branch.actions:
                if isinstance(action, WRITTEN):
                    at += 1
                    yield from self._rule(branch.when, action, at)

    def _rule(self, when: Condition | None, action: Action, at: int) -> Iterator[Command]:
        name = self._free(f"{self.rule.entity}_{_verb(action)}")
        formula, fields = self._broken(when, action)
        data: Definition = {
            "label": self._label(),
            "entity": self.rule.entity,
            "when": formula,
            "effect": "warn" if isinstance(action, Warn) else "refuse",
            "message": self._message(action),
        }
        own = [one for one in fields if one in self.model.entities[self.rule.entity].fields]
        if own:
            data["fields"] = own
        yield from self._created(f"rules/{name if at == 1 else f'{name}_{at}'}.yaml", data)
        if isinstance(action, Limit):
            yield from self._bounds(when, action)

    def _broken(self, when: Condition | None, action: Action) -> tuple[str, Sequence[str]]:
        """When the rule speaks, and beside which fields."""
        parts = [when] if when is not None else []
        if self.rule.start.sort == "move":
            parts.insert(0, self._arrived())
        match action:
            case Require(fields=fields):
                blank = tuple(Blank((one,)) for one in fields)
                parts.append(blank[0] if len(blank) == 1 else Some(blank))
                return condition_text(whole(tuple(parts))), fields
            case Limit(field=path, most=most, least=least):
                before = condition_text(whole(tuple(parts))) if parts else ""
                beyond = [f"{'.'.join(path)} > {term_text(most)}"] if most is not None else []
                beyond += [f"{'.'.join(path)} < {term_text(least)}"] if least is not None else []
                joined = " or ".join(beyond)
                if not before:
                    return joined, path[:1]
                return f"({before}) and ({joined})", path[:1]
            case _:
                return (condition_text(whole(tuple(parts))) if parts else "true"), sorted(_own_paths(parts))

    def _arrived(self) -> Condition:
        life = self.model.workflow_of(self.rule.entity)
        move = life.transition(self.rule.start.move) if life else None
        assert life is not None and move is not None
        return OneOf((life.field,), (move.target,))

    def _bounds(self, when: Condition | None, action: Limit) -> Iterator[Command]:
        """A limit of what is negotiated binds the negotiation too."""
        for negotiation in self.model.negotiations.values():
            lever = next((one for one in negotiation.levers if one.field == action.field), None)
            if lever is None or action.most is None or negotiation.history.entity != self.rule.entity:
                continue
            most = term_text(action.most)
            formula = most if when is None else f"if({condition_text(when)}, {most}, 1)"
            yield {
                "do": "insert",
                "file": f"{negotiation.place.pack}/negotiations/{negotiation.name}.yaml",
                "path": ["levers", {"id": lever.id}, "bounds"],
                "value": {"label": self._label(), "formula": formula},
            }

    # ---- flows

    def _flows(self) -> Iterator[Command]:
        branches = [
            Branch(one.when, tuple(action for action in one.actions if not isinstance(action, WRITTEN)))
            for one in self.rule.branches
        ]
        branches = [one for one in branches if one.actions]
        if not branches:
            return
        steps = [
            step for at, one in enumerate(branches, start=1) for step in self._steps(one, at, alone=len(branches) == 1)
        ]
        standing = self._standing()
        if standing is not None and all(isinstance(one, Approval) for branch in branches for one in branch.actions):
            before, flow = standing
            for step in [
                step for at, one in enumerate(branches, start=1) for step in self._steps(one, at, alone=False)
            ]:
                file = f"{flow.place.pack}/workflows/{flow.name}.yaml"
                yield {
                    "do": "insert",
                    "file": file,
                    "path": ["steps"],
                    "value": step,
                    "after": {"id": before} if before else None,
                }
                before = str(step["id"])
            return
        name = self._free(f"{self.rule.entity}_{_verb(branches[0].actions[0])}")
        when = branches[0].when if len(branches) == 1 else None
        data: Definition = {
            "label": self._label(),
            "entity": self.rule.entity,
            "triggers": list(self._triggers(condition_text(when) if when is not None else "")),
            "withdraw": "never",
            "steps": steps,
        }
        yield from self._created(f"workflows/{name}.yaml", data)

    def _standing(self) -> tuple[str | None, Flow] | None:
        """The flow that the same move starts already, and the step after which an approval belongs: before it moves on."""
        if self.rule.start.sort != "move":
            return None
        for flow in self.model.flows.values():
            starts = any(
                one.kind is TriggerKind.TRANSITION and one.transition == self.rule.start.move for one in flow.triggers
            )
            if flow.entity == self.rule.entity and starts:
                before: str | None = None
                for step in flow.steps:
                    if type(step.action).__name__ == "Move":
                        break
                    before = step.id
                return before, flow
        return None

    def _triggers(self, when: str) -> Iterator[Definition]:
        start, condition = self.rule.start, {"when": when} if when else {}
        kinds: list[Definition] = []
        if start.sort == "move":
            kinds.append({"id": "moved", "type": "transition", "transition": start.move})
        elif start.sort in {"hourly", "daily", "weekly", "monthly"}:
            kinds.append({"id": "looked", "type": "schedule", "every": start.sort})
        if start.sort in {"saved", "created"}:
            kinds.append({"id": "created", "type": "created"})
        if start.sort in {"saved", "updated"}:
            kinds.append({"id": "updated", "type": "updated"})
        return ({**one, **condition} for one in kinds)

    def _steps(self, branch: Branch, at: int, *, alone: bool) -> Iterator[dict[str, object]]:
        when = {} if alone or branch.when is None else {"when": condition_text(branch.when)}
        for number, action in enumerate(branch.actions, start=1):
            for made in self._step(action, f"rule_{at}_{number}"):
                yield {"id": made.pop("id"), "type": made.pop("type"), "label": self._said(action), **when, **made}

    def _step(self, action: Action, identity: str) -> Iterator[dict[str, object]]:
        match action:
            case Approval(people=people, mode="sequence"):
                for number, person in enumerate(people, start=1):
                    name = identity if len(people) == 1 else f"{identity}_{number}"
                    yield {"id": name, "type": "approval", "approvers": [_people(person)], "empty": "administrator"}
            case Approval(people=people, mode=mode):
                yield {
                    "id": identity,
                    "type": "approval",
                    "approvers": [_people(one) for one in people],
                    "mode": mode,
                    "empty": "administrator",
                }
            case Notify(people=people, message=message):
                subject = {"zh": message, "en": message} if message else self._label()
                yield {"id": identity, "type": "notify", "people": [_people(one) for one in people], "subject": subject}
            case Task(people=people, title=title, within=within):
                task: Definition = {
                    "id": identity,
                    "type": "task",
                    "people": [_people(one) for one in people],
                    "empty": "administrator",
                }
                task["hint"] = {"zh": title, "en": title} if title else self._label()
                yield task | ({"deadline": within} if within else {})
            case Put(field=name, value=value):
                yield {"id": identity, "type": "update", "set": {name: _value(value)}}
            case Move(transition=name):
                yield {"id": identity, "type": "transition", "transition": name}

    # ---- words

    def _created(self, place: str, data: Definition) -> Iterator[Command]:
        for file, text in texts_of(self.pack, [(place, data)]).items():
            yield {"do": "create", "file": file, "text": text}

    def _label(self) -> Mapping[str, str]:
        return {language: restated(self.rule, self.model, language)[:LONGEST] for language in TONGUES}

    def _said(self, action: Action) -> Mapping[str, str]:
        return {
            name: Saying(self.model, self.rule.entity, one).action(action)[:LONGEST] for name, one in TONGUES.items()
        }

    def _message(self, action: Action) -> Mapping[str, str]:
        message = action.message if isinstance(action, Warn | Refuse) else ""
        return (
            {"zh": message, "en": message}
            if message
            else {name: restated(self.rule, self.model, name) for name in TONGUES}
        )

    def _free(self, name: str) -> str:
        number, free = 2, name[:40]
        while free in self.taken:
            free, number = f"{name[:40]}_{number}", number + 1
        return free


def names_taken(model: AppModel) -> frozenset[str]:
    """The names of rules and workflows that are there."""
    return frozenset((*model.rules, *model.workflows, *model.flows))


def _verb(action: Action) -> str:
    return {"Put": "set", "Approval": "approval"}.get(type(action).__name__, type(action).__name__.lower())


def _own_paths(parts: Collection[Condition]) -> set[str]:
    """The fields of the record itself that conditions name."""
    found: set[str] = set()
    for one in parts:
        text = condition_text(one)
        found |= {
            word for word in text.replace("(", " ").replace(")", " ").replace(",", " ").split() if word.isidentifier()
        }
    return found


def _people(person: Person) -> Definition:
    made: Definition = {"type": person.sort}
    if person.path:
        made["path"] = ".".join(person.path)
    if person.above:
        made["above"] = person.above
    if person.role:
        made["roles"] = [person.role]
    return made


def _value(value: Term | str | bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'"{value}"' if isinstance(value, str) else term_text(value)
