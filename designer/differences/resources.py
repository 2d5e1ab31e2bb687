"""Resources: the difference of two editions, resource by resource, and in one sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from designer.differences.attribute_words import attribute_words
from designer.differences.editions import Edition
from designer.differences.entities import entity_lines
from designer.differences.holders import OPENS, READS, TAKES, holder_lines
from designer.differences.kind_words import KIND_WORDS, kind_words
from designer.differences.parts import HERE, compared, compared_lists, told
from designer.differences.rights import shifts
from designer.differences.rights_words import shift_lines
from designer.differences.said import Difference, Effect, Line, ResourceChange, joined, named
from designer.differences.trees import ITEM, STEP, items_of, steps_of, tree_lines
from designer.differences.values import called, quoted
from engine.diagnostics import Message
from engine.model.app import AppModel, compare
from engine.model.flows import Flow
from engine.model.metrics import Metric
from engine.model.names import NO_LABEL, Label, ResourceName
from engine.model.pages import Form, Page
from engine.model.workflows import Workflow

TABLES: Mapping[str, tuple[str, ...]] = {
    "pack": ("packs",),
    "units": ("unit_kinds",),
    "pages": ("pages",),
    "dashboards": ("pages",),
    "workflows": ("workflows", "flows"),
    "demo": ("demos",),
    "tests": ("suites",),
}
"""The tables of a model that hold the resources of a kind, where they are not named like the kind."""
NEW_PARTS = {"entities": "fields", "pages": "items", "dashboards": "items", "forms": "items", "workflows": "steps"}
PART_WORDS: Mapping[str, tuple[Message, Message]] = {
    "field": (Message("字段", "field"), Message("个字段", "fields")),
    "item": (Message("组件", "item"), Message("个组件", "items")),
    "step": (Message("步骤", "step"), Message("个步骤", "steps")),
}
LONGEST_HEADLINE = 6


def difference(before: Edition, after: Edition) -> Difference:
    """Everything that differs between two editions, said in words."""
    names = compare(before.model, after.model)
    access = _access_changes(before, after, [*names.added, *names.removed, *names.modified])
    changes = [
        *(_added(after, one) for one in names.added if one.kind != "access"),
        *(_removed(before, one) for one in names.removed if one.kind != "access"),
        *(_modified(before, after, one) for one in names.modified if one.kind != "access"),
        *access,
    ]
    order = list(KIND_WORDS)
    ordered = tuple(sorted(changes, key=lambda one: (_place(order, one.resource.kind), one.resource.name)))
    return Difference(headline(ordered), ordered)


def _place(order: Sequence[str], kind: str) -> int:
    return order.index(kind) if kind in order else len(order)


def resource_value(model: AppModel, resource: ResourceName) -> object:
    """The value that a resource became; None for one that becomes none of its own, such as texts."""
    for table in TABLES.get(resource.kind, (resource.kind,)):
        found = getattr(model, table, {}).get(resource.name)
        if found is not None:
            return found
    return None


def resource_words(model: AppModel, resource: ResourceName) -> Message:
    """What a resource is called: its kind, its label, its name."""
    kind, value = kind_words(resource.kind), resource_value(model, resource)
    label = getattr(value, "label", NO_LABEL)
    name = quoted(label if isinstance(label, Label) else NO_LABEL, resource.name)
    return named(kind, name)


def _added(after: Edition, resource: ResourceName) -> ResourceChange:
    value = resource_value(after.model, resource)
    lines = []
    parts = _parts(value)
    word = NEW_PARTS.get(resource.kind, "")
    if parts and word:
        part = word.removesuffix("s")
        listed = joined([called(one) for one in parts[:LONGEST_HEADLINE]])
        more = len(parts) - LONGEST_HEADLINE
        words = told(Effect.ADDED, PART_WORDS[part][0], listed).words
        tail = (f"等 {len(parts)} 个", f" and {more} more") if more > 0 else ("", "")
        lines.append(Line(Effect.ADDED, Message(words.zh + tail[0], words.en + tail[1])))
    return ResourceChange(
        resource, Effect.ADDED, resource_words(after.model, resource), _files(after, resource), tuple(lines)
    )


def _parts(value: object) -> list[object]:
    if isinstance(value, Page | Form):
        return [one.value for one in items_of(value.items).values()]
    if isinstance(value, Flow):
        return list(value.steps)
    fields = getattr(value, "fields", None)
    return list(fields.values()) if isinstance(fields, Mapping) else []


def _removed(before: Edition, resource: ResourceName) -> ResourceChange:
    users = before.users_of(resource)
    return ResourceChange(
        resource, Effect.REMOVED, resource_words(before.model, resource), _files(before, resource), (), users
    )


def _modified(before: Edition, after: Edition, resource: ResourceName) -> ResourceChange:
    old, new = resource_value(before.model, resource), resource_value(after.model, resource)
    lines = tuple(_lines(before, after, resource, old, new)) if old is not None and new is not None else ()
    if not lines:
        lines = (Line(Effect.CHANGED, Message("写法改变，含义不变", "written otherwise, meaning the same")),)
        if new is None:
            lines = (Line(Effect.CHANGED, Message("内容改变，见文本对比", "its content differs; see the text")),)
    return ResourceChange(
        resource, Effect.CHANGED, resource_words(after.model, resource), _files(after, resource), lines
    )


def _files(edition: Edition, resource: ResourceName) -> tuple[str, ...]:
    return edition.files().get(resource, ())


def _lines(before: Edition, after: Edition, resource: ResourceName, old: object, new: object) -> Iterator[Line]:
    models = (before.model, after.model)
    if resource.kind == "entities":
        yield from entity_lines(old, new, before)  # type: ignore[arg-type]
        return
    if type(old) is not type(new):
        yield Line(Effect.CHANGED, Message("换成了另一种流程", "another kind of workflow stands in its place"))
        return
    yield from _LINES.get(type(new), _plain)(old, new, models)


Models = tuple[AppModel, AppModel]


def _plain(old: object, new: object, models: Models) -> Iterator[Line]:
    return compared(old, new)


def _page(old: Page, new: Page, models: Models) -> Iterator[Line]:
    yield from tree_lines(items_of(old.items), items_of(new.items), ITEM, "item")
    yield from holder_lines(old, new, models, OPENS, HERE)
    yield from compared(old, new, beside=frozenset({"items", "roles", "name"}))


def _form(old: Form, new: Form, models: Models) -> Iterator[Line]:
    yield from tree_lines(items_of(old.items), items_of(new.items), ITEM, "item")
    yield from compared(old, new, beside=frozenset({"items", "name"}))


def _metric(old: Metric, new: Metric, models: Models) -> Iterator[Line]:
    yield from holder_lines(old, new, models, READS, HERE)
    yield from compared(old, new, beside=frozenset({"roles", "name", "inputs"}))


def _workflow(old: Workflow, new: Workflow, models: Models) -> Iterator[Line]:
    before = {one.id: one for one in old.transitions}
    for one in new.transitions:
        if one.id in before:
            about = named(Message("流转", "transition"), called(one))
            yield from holder_lines(before[one.id], one, models, TAKES, about)
    words, roles = attribute_words("transitions"), frozenset({"roles"})
    yield from compared_lists(old.transitions, new.transitions, words, beside=roles)
    yield from compared(old, new, beside=frozenset({"name", "transitions"}))


def _flow(old: Flow, new: Flow, models: Models) -> Iterator[Line]:
    yield from tree_lines(steps_of(old), steps_of(new), STEP, "step")
    yield from compared(old, new, beside=frozenset({"steps", "rejected", "withdrawn", "terminated", "name"}))


_LINES: Mapping[type, Callable[..., Iterator[Line]]] = {
    Page: _page,
    Form: _form,
    Metric: _metric,
    Workflow: _workflow,
    Flow: _flow,
}


def _access_changes(before: Edition, after: Edition, touched: Sequence[ResourceName]) -> Iterator[ResourceChange]:
    """Rights by entity: what moves by decision. A text that changes and moves nothing is said to be written otherwise."""
    old, new = before.model, after.model
    found = shifts(old, new)
    written = {one.name.partition(".")[2] for one in touched if one.kind == "access"}
    moved = {one.entity for one in found if one.entity in old.entities or one.entity in written}
    for entity in sorted(moved | {name for name in written if name in new.entities}):
        lines = tuple(shift_lines([one for one in found if one.entity == entity], old, new))
        unmoved = Message("写法改变，谁能做什么不变", "written otherwise; who may do what is the same")
        files = [
            file
            for edition in (after, before)
            for name, listed in edition.files().items()
            if name.kind == "access" and name.name.partition(".")[2] == entity
            for file in listed
        ]
        label = quoted(new.entities[entity].label, entity)
        yield ResourceChange(
            ResourceName("access", entity),
            Effect.CHANGED,
            Message(f"{label.zh}的权限", f"rights to {label.en}"),
            tuple(dict.fromkeys(files)),
            lines or (Line(Effect.CHANGED, unmoved),),
        )


def headline(changes: Sequence[ResourceChange]) -> Message:
    """The difference in one sentence: 新增 3 个字段，商机的权限收紧."""
    if not changes:
        return Message("没有变化", "Nothing changes")
    fresh = {one.resource.name for one in changes if one.resource.kind == "entities" and one.effect is Effect.ADDED}
    there = [one for one in changes if one.resource.kind != "access" or one.resource.name not in fresh]
    packs = [one for one in changes if one.resource.kind == "pack" and one.effect is Effect.ADDED]
    rest = [one for one in there if one not in packs]
    rights, whole = [*_rights(rest)], [*_whole(rest)]
    said = [*map(_new_pack, packs), *_counted(rest), *(whole + rights if packs else rights + whole)]
    kept = said[:LONGEST_HEADLINE]
    more = len(said) - len(kept)
    zh, en = "，".join(one.zh for one in kept), ", ".join(one.en for one in kept)
    if more:
        zh, en = f"{zh}，另有 {more} 处", f"{en}, and {more} more"
    return Message(zh, en[:1].upper() + en[1:])


def _new_pack(change: ResourceChange) -> Message:
    return Message(f"新增{change.name.zh}", f"new {change.name.en}")


def _counted(changes: Sequence[ResourceChange]) -> Iterator[Message]:
    """Parts of resources that come, go and change, by number."""
    counts = Counter((line.effect, line.part) for one in changes for line in one.lines if line.part in PART_WORDS)
    for part, (one, many) in PART_WORDS.items():
        for effect, zh, en in (
            (Effect.ADDED, "新增", "new"),
            (Effect.REMOVED, "去掉", "removed"),
            (Effect.CHANGED, "改动", "changed"),
            (Effect.MOVED, "移动", "moved"),
        ):
            number = counts[(effect, part)]
            if number:
                counted = f"{number} {one.en if number == 1 else many.en}"
                yield Message(
                    f"{zh} {number} {many.zh}",
                    f"{counted} {en}"
                    if effect is not Effect.ADDED
                    else f"{number} {en} {one.en if number == 1 else many.en}",
                )


DIRECTIONS = (
    (Effect.NARROWED, "收紧", "narrower"),
    (Effect.WIDENED, "放宽", "wider"),
    (Effect.CHANGED, "改变", "different"),
)


def _rights(changes: Sequence[ResourceChange]) -> Iterator[Message]:
    """What gives rights that move, and in which direction: 规则 own 收紧; without a rule, the resource."""
    said = [
        (line.effect, line.subject if line.subject.zh else one.name)
        for one in changes
        for line in one.lines
        if line.part == "right"
    ]
    for effect, zh, en in DIRECTIONS:
        for subject in dict.fromkeys(subject for way, subject in said if way is effect):
            yield Message(
                f"{subject.zh}{zh if subject.zh.endswith(('」', ')', '限')) else ' ' + zh}", f"{subject.en} {en}"
            )


def _whole(changes: Sequence[ResourceChange]) -> Iterator[Message]:
    """Whole resources that come and go, and those changed of which nothing was counted."""
    for effect, zh, en in (
        (Effect.ADDED, "新增", "new"),
        (Effect.REMOVED, "去掉", "removed"),
        (Effect.CHANGED, "改动", "changed"),
    ):
        kinds = Counter(
            one.resource.kind
            for one in changes
            if one.effect is effect and (effect is not Effect.CHANGED or not any(line.part for line in one.lines))
        )
        for kind, number in kinds.items():
            words = kind_words(kind)
            yield Message(f"{zh} {number} 个{words.zh}", f"{number} {en} {words.en}")
