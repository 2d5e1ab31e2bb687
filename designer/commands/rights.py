"""`grant` and `field_right`: one cell of a matrix of rights, written into the rules that stand in the files.

What the cell had is taken out of the rules that gave it, and what it gets goes to a rule that says the same already, or to a
new one. Everything else that a rule gives stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from designer.commands.sheets import Command, Sheets, text_in
from designer.refusals import bad
from engine.dsl.document import Document
from engine.dsl.suggestions import suggestion
from engine.model.access import Action
from engine.model.names import empty_map

GRANTS, FIELDS = "grants", "fields"
ORDER = [str(one) for one in Action]
STRENGTH = ("none", "mask", "read", "write")
Given = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Rule:
    """A grant or a field rule as written: `kind` is the list it stands in, `others` are its actions or its fields, `says`
    what it says besides."""

    file: str
    kind: str
    id: str
    roles: tuple[str, ...]
    others: tuple[str, ...]
    says: Given = field(default_factory=empty_map)

    @property
    def axis(self) -> str:
        return "actions" if self.kind == GRANTS else FIELDS

    def covers(self, role: str, other: str) -> bool:
        return role in self.roles and other in self.others


def grant(sheets: Sheets, command: Command) -> list[Command]:
    """`entity`, `role`, `action`, `rows`: a formula, "" for every row, null for none. The commands that write it."""
    entity, role, action = (text_in(command, name) for name in ("entity", "role", "action"))
    rows = command.get("rows")
    if action not in ORDER:
        raise bad(f"没有操作 {action}", f"There is no action {action!r}", suggestion(action, ORDER))
    if rows is not None and not isinstance(rows, str):
        raise bad("rows 须是公式、空文字或 null", "`rows` is a formula, an empty text or null")
    book = _book(sheets, entity, role)
    rules = list(book.rules(GRANTS))
    says: Given = {"rows": rows} if rows else {}
    standing = [one for one in rules if one.covers(role, action)]
    if rows is None:
        return [step for one in standing for step in _without(one, role, action, book)]
    if len(standing) == 1 and standing[0].says == says:
        return []
    if len(standing) == 1 and (standing[0].roles, standing[0].others) == ((role,), (action,)):
        return _said_otherwise(standing[0], rows)
    out = [step for one in standing for step in _without(one, role, action, book)]
    return [*out, *_given(book, rules, Rule("", GRANTS, f"{role}_{action}", (role,), (action,), says))]


def _said_otherwise(one: Rule, rows: str) -> list[Command]:
    place = {"file": one.file, "path": [GRANTS, {"id": one.id}, "rows"]}
    return [{"do": "set", **place, "value": rows} if rows else {"do": "unset", **place}]


def field_right(sheets: Sheets, command: Command) -> list[Command]:
    """`entity`, `role`, `field`, `right` (none, mask, read, write) in a `state`, or in all: the commands that write it.

    Rules with other conditions than the state are left alone. A field that no rule named is guarded from now on: the other
    roles keep what they could do.
    """
    entity, role, name, right = (text_in(command, one) for one in ("entity", "role", "field", "right"))
    if right not in STRENGTH:
        raise bad(f"没有权限 {right}", f"There is no right {right!r}", suggestion(right, STRENGTH))
    book = _book(sheets, entity, role)
    life, state = book.life, command.get("state")
    if name not in book.fields:
        raise bad(f"{entity} 没有字段 {name}", f"{entity} has no field {name}", suggestion(name, book.fields))
    if state is not None and (life is None or state not in life.states):
        raise bad(f"没有状态 {state}", f"There is no state {str(state)[:40]!r}")
    states = life.states if life is not None else ("",)
    rules = list(book.rules(FIELDS))
    guarded = any(name in one.others for one in rules)
    own = [one for one in rules if one.covers(role, name) and _states_of(one, life) is not None]
    before = {each: _strongest(own, each, life) if guarded else "write" for each in states}
    after = {each: right if state in (None, each) else before[each] for each in states}
    if guarded and after == before:
        return []
    out = [step for one in own for step in _without(one, role, name, book)]
    wanted = list(_rules_for(role, name, after, life))
    if not guarded:
        wanted += _rest(book, role, name)
        if not wanted:
            wanted = [Rule("", FIELDS, f"{name}_none", (role,), (name,), {"right": "none"})]
    elif not wanted and not any(name in one.others and one not in own for one in rules):
        wanted = [Rule("", FIELDS, f"{name}_none", (role,), (name,), {"right": "none"})]
    return [*out, *(step for one in wanted for step in _given(book, rules, one))]


def _rest(book: Book, role: str, name: str) -> Iterator[Rule]:
    """The rules by which the other roles that reach the rows keep a field that comes to be guarded, one a file."""
    homes: dict[str, list[str]] = {}
    for one in book.reaching:
        if one != role:
            homes.setdefault(book.home(one), []).append(one)
    for roles in homes.values():
        yield Rule("", FIELDS, f"{name}_rest", tuple(roles), (name,), {"right": "write"})


def _rules_for(role: str, name: str, rights: Mapping[str, str], life: Life | None) -> Iterator[Rule]:
    """The rules by which a field has these rights by state: the least in most states first."""
    for right in ("mask", "read", "write"):
        states = [one for one, has in rights.items() if has == right or (right == "read" and has == "write")]
        if not states or (right == "read" and not any(has == "read" for has in rights.values())):
            continue
        when = life.condition(states) if life is not None and len(states) < len(rights) else None
        says: Given = {"right": right, **({"when": when} if when else {})}
        yield Rule("", FIELDS, f"{name}_{role}_{right}", (role,), (name,), says)


def _strongest(rules: Sequence[Rule], state: str, life: Life | None) -> str:
    held = {str(one.says.get("right")) for one in rules if state in (_states_of(one, life) or ())}
    return next((one for one in reversed(STRENGTH) if one in held), "none")


def _states_of(one: Rule, life: Life | None) -> frozenset[str] | None:
    """The states in which a rule holds; None where it asks for more than the state."""
    when = one.says.get("when")
    if when is None:
        return frozenset(life.states) if life is not None else frozenset({""})
    return life.named(str(when)) if life is not None else None


@dataclass(frozen=True, slots=True)
class Life:
    """The states of an entity, and the field that holds them."""

    field: str
    states: tuple[str, ...]

    def condition(self, states: Sequence[str]) -> str:
        """The formula that holds in these states, said the shorter way."""
        others = [one for one in self.states if one not in states]
        if len(others) < len(states) and len(states) > 1:
            inner = self._among(others)
            return f'{self.field} <> "{others[0]}"' if len(others) == 1 else f"not ({inner})"
        return self._among(states)

    def _among(self, states: Sequence[str]) -> str:
        if len(states) == 1:
            return f'{self.field} = "{states[0]}"'
        named = ", ".join(f'"{one}"' for one in states)
        return f"{self.field} in [{named}]"

    def named(self, when: str) -> frozenset[str] | None:
        """The states that a condition of the state alone names; None for any other condition."""
        text = " ".join(when.split())
        refused = re.fullmatch(r"not ?\((.*)\)", text)
        inner = refused[1] if refused else text
        found = re.fullmatch(rf"{self.field} (?:(in) \[(.*)\]|(=|<>) (\"[a-z0-9_]+\"))", inner)
        if found is None:
            return None
        named = frozenset(re.findall(r'"([a-z0-9_]+)"', found[2] or found[4]))
        rest = frozenset(self.states) - named
        return rest if bool(refused) != (found[3] == "<>") else named & frozenset(self.states)


@dataclass(frozen=True, slots=True)
class Packs:
    """Which packs there are, what each requires, and where each role stands."""

    requires: Mapping[str, tuple[str, ...]]
    of_role: Mapping[str, str]

    @classmethod
    def of(cls, documents: Iterable[Document]) -> Packs:
        listed = list(documents)
        requires = {one.pack: _names(one.data.get("requires")) for one in listed if one.kind == "pack"}
        return cls(requires, {one.name: one.pack for one in listed if one.kind == "roles"})

    def seen_from(self, pack: str) -> frozenset[str]:
        """A pack and what it requires, directly or not: what its files may name."""
        seen: set[str] = set()
        waiting = [pack]
        while waiting:
            one = waiting.pop()
            if one not in seen:
                seen.add(one)
                waiting += self.requires.get(one, ())
        return frozenset(seen)


@dataclass(frozen=True, slots=True)
class Book:
    """All that is written about the rights of one entity: its files, the entity, its life, the roles there are."""

    entity: str
    pack: str
    sheets: Sheets
    files: tuple[str, ...]
    fields: tuple[str, ...]
    life: Life | None
    reaching: tuple[str, ...]
    packs: Packs

    def rules(self, kind: str) -> Iterator[Rule]:
        for file in self.files:
            found = self.sheets.written(file).data.get(kind)
            for item in found if isinstance(found, list) else ():
                if isinstance(item, Mapping):
                    yield _rule(file, kind, item)

    def home(self, role: str) -> str:
        """The file that a new rule for a role goes to: of a pack that knows both. Raises BadCommand."""
        theirs = self.packs.of_role[role]
        known = [pack for pack in (self.pack, theirs) if {self.pack, theirs} <= self.packs.seen_from(pack)]
        if not known:
            raise bad(
                f"应用包 {self.pack} 和 {theirs} 互不依赖，角色 {role} 不能有 {self.entity} 的权限",
                f"The packs {self.pack} and {theirs} do not require each other: {role} can have no right to {self.entity}",
            )
        own = [one for one in self.files if one.partition("/")[0] == known[0]]
        return (own or [f"{known[0]}/access/{self.entity}.yaml"])[0]

    def knows(self, file: str, roles: Iterable[str]) -> bool:
        """Whether a file may name these roles."""
        seen = self.packs.seen_from(file.partition("/")[0])
        return all(self.packs.of_role[one] in seen for one in roles)

    def free_id(self, file: str, wanted: str) -> str:
        """An id that no rule of a file has."""
        taken = {one.id for kind in (GRANTS, FIELDS) for one in self.rules(kind) if one.file == file}
        wanted = wanted[:44]
        return next(one for one in (wanted, *(f"{wanted}_{at}" for at in range(2, 10_000))) if one not in taken)


def _book(sheets: Sheets, entity: str, role: str) -> Book:
    """What is written of an entity's rights. Raises BadCommand for an entity or a role that there is not."""
    documents = sheets.library.documents(sheets.changes)
    known = {one.name: one for one in documents if one.kind == "entities"}
    packs = Packs.of(documents)
    if entity not in known:
        raise bad(f"没有实体 {entity}", f"There is no entity {entity}", suggestion(entity, known))
    if role not in packs.of_role:
        raise bad(f"没有角色 {role}", f"There is no role {role}", suggestion(role, packs.of_role))
    written = [one for one in documents if one.kind == "access"]
    files = dict.fromkeys(source.file for one in written if _about(one) == entity for source in one.sources)
    whole = _whole(known, entity)
    granted = [grant for one in written if _about(one) == whole for grant in _maps(one.data.get(GRANTS))]
    reaching = dict.fromkeys(name for one in granted for name in _names(one.get("roles")) if name in packs.of_role)
    declared = known[entity].data.get("fields")
    fields = tuple(declared) if isinstance(declared, Mapping) else ()
    return Book(
        entity, known[entity].pack, sheets, tuple(files), fields, life_of(documents, entity), tuple(reaching), packs
    )


def _about(document: Document) -> object:
    return document.data.get("entity") or document.name


def _maps(value: object) -> list[Given]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _whole(known: Mapping[str, Document], entity: str) -> str:
    """The entity whose grants decide on one: itself, or what it is a part of."""
    for _ in range(len(known)):
        data = known[entity].data
        fields, link = data.get("fields"), data.get("part_of")
        field = fields.get(link) if isinstance(fields, Mapping) and isinstance(link, str) else None
        above = field.get("to") if isinstance(field, Mapping) else None
        if not isinstance(above, str) or above not in known:
            break
        entity = above
    return entity


def life_of(documents: Iterable[Document], entity: str) -> Life | None:
    """The life of an entity, as its workflow is written."""
    for one in documents:
        states = one.data.get("states")
        if one.kind == "workflows" and one.data.get("entity") == entity and isinstance(states, list):
            named = tuple(str(state["id"]) for state in states if isinstance(state, Mapping) and "id" in state)
            return Life(str(one.data.get("field", "state")), named)
    return None


def _rule(file: str, kind: str, item: Mapping[object, object]) -> Rule:
    axis = "actions" if kind == GRANTS else FIELDS
    says = {str(name): value for name, value in item.items() if name not in ("id", "roles", axis)}
    return Rule(file, kind, str(item.get("id")), _names(item.get("roles")), _names(item.get(axis)), says)


def _names(value: object) -> tuple[str, ...]:
    return tuple(str(one) for one in value) if isinstance(value, list) else ()


def _without(one: Rule, role: str, other: str, book: Book) -> list[Command]:
    """The commands by which a rule gives a role no `other` any more, and all else as before."""
    place: list[object] = [one.kind, {"id": one.id}]
    if one.others == (other,) and one.roles == (role,):
        return [{"do": "remove", "file": one.file, "path": place}]
    if one.roles == (role,):
        return [{"do": "remove", "file": one.file, "path": [*place, one.axis, one.others.index(other)]}]
    apart: list[Command] = [{"do": "remove", "file": one.file, "path": [*place, "roles", one.roles.index(role)]}]
    rest = tuple(each for each in one.others if each != other)
    if rest:
        value = _item(Rule(one.file, one.kind, book.free_id(one.file, f"{one.id}_{role}"), (role,), rest, one.says))
        apart.append({"do": "insert", "file": one.file, "path": [one.kind], "value": value, "after": {"id": one.id}})
    return apart


def _given(book: Book, rules: Sequence[Rule], wanted: Rule) -> list[Command]:
    """The commands by which a role comes to what a rule says: by one that says it to that role or of the same, else by a new one."""
    (other,) = wanted.others
    for one in rules:
        if one.says != wanted.says or one.covers(wanted.roles[0], other) or not book.knows(one.file, wanted.roles):
            continue
        place: list[object] = [one.kind, {"id": one.id}]
        if one.roles == wanted.roles:
            path, after = [*place, one.axis], _before(one.others, other)
            return [{"do": "insert", "file": one.file, "path": path, "value": other, "after": after}]
        if one.others == wanted.others and len(wanted.roles) == 1:
            return [
                {"do": "insert", "file": one.file, "path": [*place, "roles"], "value": wanted.roles[0], "after": "end"}
            ]
    file = book.home(wanted.roles[0])
    item = _item(Rule(file, wanted.kind, book.free_id(file, wanted.id), wanted.roles, wanted.others, wanted.says))
    if file not in book.files:
        return [
            {"do": "create", "file": file, "text": f"{wanted.kind}: []\n"},
            {"do": "insert", "file": file, "path": [wanted.kind], "value": item, "after": "end"},
        ]
    return [{"do": "insert", "file": file, "path": [wanted.kind], "value": item, "after": "end"}]


def _before(others: Sequence[str], other: str) -> object:
    """Behind which entry of a list another one goes: actions have an order of their own."""
    if other not in ORDER:
        return "end"
    lower = [at for at, one in enumerate(others) if one in ORDER and ORDER.index(one) < ORDER.index(other)]
    return lower[-1] if lower else None


def _item(one: Rule) -> Mapping[str, object]:
    return {"id": one.id, "roles": list(one.roles), one.axis: list(one.others), **one.says}
