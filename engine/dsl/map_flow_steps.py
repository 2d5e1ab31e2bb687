"""The steps of a flow that a map's nodes become."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import yaml

from engine.diagnostics import Message
from engine.model.app import AppModel
from engine.model.entities import Field, FieldKind
from engine.model.maps import Binding, DecisionMap, MapNode, Path
from engine.model.names import Label

Data = dict[str, object]


def words(label: Label) -> Data:
    """A label as it is written."""
    return dict(label.texts)


class Steps:
    """Makes the steps of one flow; keeps the ids that are taken and what the author must still say."""

    def __init__(self, model: AppModel, chart: DecisionMap) -> None:
        self.model = model
        self.chart = chart
        self.notes: list[Message] = []
        self._taken: set[str] = set()

    def note(self, zh: str, en: str) -> None:
        self.notes.append(Message(zh, en))

    def unique(self, name: str) -> str:
        """An id that no step has yet: a branch may be written out in two places."""
        found, number = name, 2
        while found in self._taken:
            found, number = f"{name}_{number}", number + 1
        self._taken.add(found)
        return found

    def trigger(self, node: MapNode) -> Data:
        """What starts the flow: the transition that the map begins with, else the one who does its first step."""
        if node.transition:
            return {"id": "start", "type": "transition", "transition": node.transition}
        if not node.actor:
            self.note(
                f"第一步「{node.id}」没写由谁做：请写明触发方式",
                f'who does the first step "{node.id}"? Say what starts the flow',
            )
        roles = [node.actor] if node.actor else sorted(self.chart.roles)
        return {"id": "start", "type": "manual", "label": words(self.chart.label), "roles": roles}

    def title(self) -> str:
        """The field that names a record, where it is a text."""
        entity = self.model.entities[self.chart.entity]
        field = entity.fields.get(entity.title)
        return entity.title if field and field.kind in {FieldKind.TEXT, FieldKind.NUMBER_CODE} else ""

    def decision(self, node: MapNode, asks: bool) -> list[Data]:
        """A decision that a person answers: an approval; after a refusal nobody decides any more, so a task."""
        copied = self._copied(node)
        if copied is not None and asks:
            return [copied]
        if not asks:
            return self._task(node)
        if not node.actor:
            self._nobody(node)
            return []
        shown = [field.name for field in self._own_fields(node)]
        found: Data = {
            "id": self.unique(node.id),
            "type": "approval",
            "label": words(node.label),
            "approvers": [self._people(node.actor)],
            "empty": "administrator",
        }
        return [{**found, "show": shown} if shown else found]

    def step(self, node: MapNode) -> list[Data]:
        """What a step becomes: a move, the step of a flow that it names, or a task."""
        if node.transition:
            return [*self._filling(node), self._move(node)]
        copied = self._copied(node)
        if copied is not None:
            return [copied]
        if node.flow:
            return [{"id": self.unique(node.id), "type": "flow", "label": words(node.label), "flow": node.flow}]
        return self._task(node)

    def _move(self, node: MapNode) -> Data:
        return {
            "id": self.unique(node.id),
            "type": "transition",
            "label": words(node.label),
            "transition": node.transition,
        }

    def _filling(self, node: MapNode) -> list[Data]:
        """A task before a move that needs fields: a flow cannot fill them."""
        workflow = self.model.workflow_of(self.chart.entity)
        move = workflow.transition(node.transition) if workflow else None
        needed = [name for name in (move.requires if move else ()) if name in self._writable()]
        if not needed or not node.actor:
            return []
        label = {language: _before(language) + text for language, text in node.label.texts.items()}
        return [
            {
                "id": self.unique(f"{node.id}_fill"),
                "type": "task",
                "label": label,
                "people": [self._people(node.actor)],
                "empty": "administrator",
                "require": needed,
            }
        ]

    def _task(self, node: MapNode) -> list[Data]:
        """Somebody does it and fills what it rests on."""
        if not node.actor:
            self._nobody(node)
            return []
        if node.binding is Binding.NONE:
            self.note(
                f"步骤「{node.id}」还没有依据，先作为待办", f'the step "{node.id}" rests on nothing yet; it is a task'
            )
        own = self._own_fields(node)
        writable = self._writable()
        required = [field.name for field in own if field.name in writable]
        shown = [field.name for field in own if field.name not in required]
        found: Data = {
            "id": self.unique(node.id),
            "type": "task",
            "label": words(node.label),
            "people": [self._people(node.actor)],
            "empty": "administrator",
        }
        hint = self._hint(node)
        extra = {"hint": hint, "show": shown, "require": required}
        return [{**found, **{key: value for key, value in extra.items() if value}}]

    def _nobody(self, node: MapNode) -> None:
        self.note(
            f"步骤「{node.id}」没写由谁做（actor），没有写进流程", f'the step "{node.id}" has no actor and is left out'
        )

    def _people(self, role: str) -> Data:
        """Who a role is: as the map says, else everybody who has it."""
        declared = self.chart.people.get(role)
        if declared is None or declared["type"] == "role":
            return {"type": "role", "roles": [role]}
        return dict(declared)

    def _own_fields(self, node: MapNode) -> list[Field]:
        """The fields of the flow's own record among those of a node."""
        declared = self.model.entities[self.chart.entity].fields
        own = [path[0] for path in node.fields if len(path) == 1 and node.entity == self.chart.entity]
        return [declared[name] for name in dict.fromkeys(own) if name in declared]

    def _writable(self) -> frozenset[str]:
        """Fields of the record that people fill after it was made."""
        return frozenset(
            field.name
            for field in self.model.entities[self.chart.entity].fields.values()
            if not (
                field.computed
                or field.read_only
                or field.required
                or field.kind in {FieldKind.STATE, FieldKind.NUMBER_CODE}
            )
        )

    def _hint(self, node: MapNode) -> Data:
        """What the step rests on, where that is not among the fields that it shows."""
        languages = node.label.texts
        return {language: text for language in languages if (text := _joined(self._grounds(node, language), language))}

    def _grounds(self, node: MapNode, language: str) -> Iterator[str]:
        if node.source.texts:
            yield node.source.text(language)
        far = [path for path in node.fields if len(path) > 1 or node.entity != self.chart.entity]
        if far:
            look, comma = ("查看：", "、") if language == "zh" else ("look at: ", ", ")
            yield look + comma.join(self._named(node.entity, path, language) for path in far)
        if node.rule:
            rule = self.model.rules[node.rule]
            yield ("规则：" if language == "zh" else "rule: ") + rule.message.text(language)

    def _named(self, entity: str, path: Path, language: str) -> str:
        """A field by the label of its entity and its own."""
        for name in path[:-1]:
            relation = self.model.entities[entity].fields[name].relation
            entity = relation.entity if relation else entity
        owner, field = self.model.entities[entity], self.model.field(entity, path[-1:])
        own = field.label.text(language) if field else path[-1]
        return f"{owner.label.text(language)} {own}" if field else own

    def _copied(self, node: MapNode) -> Data | None:
        """The step of another flow that a node names, as that flow writes it."""
        flow = self.model.flows.get(node.flow)
        written = _step_of(yaml.safe_load(flow.source), node.step) if flow and node.step else None
        if written is None:
            return None
        return {**written, "id": self.unique(node.id), "label": words(node.label)}


def _step_of(value: object, name: str) -> Data | None:
    """The step with an id, wherever it stands in a flow."""
    if isinstance(value, Mapping):
        if value.get("id") == name and "type" in value:
            return dict(value)
        value = list(value.values())
    for one in value if isinstance(value, list) else ():
        found = _step_of(one, name)
        if found is not None:
            return found
    return None


def _joined(sentences: Iterator[str], language: str) -> str:
    return ("；" if language == "zh" else "; ").join(sentences)


def _before(language: str) -> str:
    return "填写：" if language == "zh" else "Fill in: "
