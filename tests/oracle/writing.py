"""Questions that write: whoever lacks a right changes nothing, whoever has it succeeds, and the naive world keeps pace."""

from __future__ import annotations

from collections.abc import Mapping

from engine.runtime.identifiers import decode_id, encode_id
from tests.oracle.naive import BY_HAND, FIELDS, MOVES, Person, Row, writes_at_all
from tests.oracle.questions import MONEY, Oracle, as_json
from tests.oracle.serving import Answer, completed, write_down

WRITTEN = {
    "a": ("name", "phone", "stage", "state", "b", "owner", "unit", "n", "secret", "total"),
    "b": ("name", "city", "cost", "owner", "unit"),
    "p": ("text", "price"),
}


def some_value(o: Oracle, name: str) -> object:
    """A new value for a field."""
    draw = o.seen.draw
    if name in MONEY:
        return draw.amount()
    if name in ("b", "owner", "unit"):
        listed = {"b": o.naive.rows["b"], "owner": o.seen.users, "unit": o.seen.units}[name]
        return o.random.choice(list(listed))
    if name == "stage":
        return o.random.choice(("open", "won", "lost"))
    return draw.phone() if name == "phone" else draw.word()


def sent(given: Mapping[str, object]) -> dict[str, object]:
    return {name: as_json(name, value) for name, value in given.items()}


def refused(o: Oracle, of: str, given: Mapping[str, object], rights: Mapping[str, str], person: Person) -> int:
    """The status that the values themselves bring: a hidden name, a field that may not be written, a row out of reach."""
    known = {name for name in FIELDS[of] if o.naive.right(of, name, None, person) != "none"}
    readable = bool(o.naive.granted(of, person))
    if any(name not in known or (not readable and rights[name] != "write") for name in given):
        return 400
    if any(rights[name] != "write" or name not in BY_HAND[of] for name in given):
        return 422
    target = given.get("b")
    if target is not None:
        named = o.naive.named("b", ("name",), person)
        if not named or not o.naive.allowed("b", o.naive.rows["b"][target], person):  # type: ignore[index]
            return 422
    return 0


def same_row(o: Oracle, of: str, id: int, told: str) -> None:
    """The stored row is the naive one, as the boss reads it."""
    boss = o.seen.boss
    assert boss is not None
    answer = o.seen.ask(boss, "GET", f"/api/records/{of}/{encode_id(id)}")
    row = o.naive.rows[of][id]
    if row["deleted"]:
        o.expect(answer.status == 404, "a deleted row stands", told)
        return
    o.expect(answer.status == 200, "a row is gone", told, answer.text[:200])
    body = answer.json["data"]
    for name in WRITTEN[of]:
        o.expect(body[name] == as_json(name, row[name]), "stored", told, name, body[name], "for", row[name])


def expect_status(o: Oracle, person: Person, answer: Answer, status: int, told: str) -> bool:
    """Whether the write was done; its refusal is compared. A token to read is refused before anything is looked at."""
    status = status if writes_at_all(person) else 403
    o.expect(answer.status == status, "a write", told, answer.status, "for", status, answer.text[:300])
    return status < 300


def able(o: Oracle, person: Person, of: str, action: str, deleted: bool | None = False) -> tuple[Person, int, Row]:
    """Somebody and a row: often such that the one may do it to the other, for most draws would only be refused."""
    id, row = o.pick_row(of, deleted)
    if o.random.random() < 0.5:
        return person, id, row
    pairs = [
        (one, at, found)
        for one in o.seen.people
        for at, found in o.naive.rows[of].items()
        if o.naive.allowed(of, found, one, action)
    ]
    return o.random.choice(pairs) if pairs else (person, id, row)


def update(o: Oracle, person: Person) -> None:
    of = o.random.choice("aab")
    person, id, row = able(o, person, of, "update", None)
    names = o.random.sample(FIELDS[of], o.random.choice((1, 1, 2)))
    given = {name: some_value(o, name) if name in BY_HAND[of] else None for name in names}
    answer = o.seen.ask(person, "PATCH", f"/api/records/{of}/{encode_id(id)}", body=sent(given))
    told = f"{person.name} updates {of} {encode_id(id)} {given}"
    status, after = update_status(o, of, row, given, person)
    if expect_status(o, person, answer, status, told):
        write_down(o.naive, of, row, after)
        o.changed()
    o.look_through(person, answer.text, f"{told} {sent(given)}")  # it shows the row as it is now, to whom may see that
    same_row(o, of, id, told)


def update_status(
    o: Oracle, of: str, row: Row, given: Mapping[str, object], person: Person
) -> tuple[int, Mapping[str, object]]:
    """The status of an update, and what it changes."""
    if not o.naive.allowed(of, row, person, "update"):
        return (403 if o.naive.allowed(of, row, person) else 404), {}
    if not o.naive.allowed(of, row, person):
        return 404, {}
    rights = {name: o.naive.right(of, name, row, person) for name in FIELDS[of]}
    merely_back = {
        name
        for name, value in given.items()
        if name == "total" and value is None and row[name] is None and rights[name] in ("read", "write")
    }
    kept = {name: value for name, value in given.items() if name not in merely_back}
    if status := refused(o, of, kept, rights, person):
        return status, {}
    new = dict(row) | kept
    completed(o.naive, of, new)
    if not any(row[name] != value for name, value in kept.items()) or allowed_new(o, of, new, person, "update"):
        return 200, kept
    return (403 if allowed_new(o, of, new, person, "read") else 404), {}


def allowed_new(o: Oracle, of: str, new: Row, person: Person, action: str) -> bool:
    return o.naive.allowed(of, new, person, action)


def create(o: Oracle, person: Person) -> None:
    of = o.random.choice("ab")
    required = {"a": ("name", "unit", "owner", "stage", "n"), "b": ("name", "unit", "owner")}[of]
    names = o.random.sample(required, o.random.choice((1, 2, 3)))
    names += o.random.sample([name for name in BY_HAND[of] if name not in names], o.random.choice((0, 0, 1)))
    given = {name: some_value(o, name) for name in names}
    answer = o.ask(person, "POST", f"/api/records/{of}", body=sent(given))
    told = f"{person.name} creates {of} {given}"
    status, row = create_status(o, of, given, person)
    if expect_status(o, person, answer, status, told):
        id = decode_id(answer.json["data"]["id"])
        o.naive.rows[of][id] = row
        o.changed()
        same_row(o, of, id, told)


def create_status(o: Oracle, of: str, given: Mapping[str, object], person: Person) -> tuple[int, Row]:
    row: Row = dict.fromkeys(FIELDS[of]) | dict(given) | {"deleted": False, "history": []}
    if of == "a":
        row["state"] = "new"
    completed(o.naive, of, row)
    if not o.naive.granted(of, person):
        return 404, row
    if not o.naive.granted(of, person, "create"):
        return 403, row
    rights = {name: o.naive.right(of, name, None, person) for name in FIELDS[of]}
    if status := refused(o, of, given, rights, person):
        return status, row
    if not allowed_new(o, of, row, person, "create"):
        return 403, row
    proven = all(o.naive.right(of, name, row, person) == "write" for name in given)
    return (201 if proven else 422), row


def delete(o: Oracle, person: Person) -> None:
    of = o.random.choice("aab")
    person, id, row = able(o, person, of, "delete")
    if sum(not one["deleted"] for one in o.naive.rows[of].values()) < 5:
        return
    answer = o.ask(person, "DELETE", f"/api/records/{of}/{encode_id(id)}")
    told = f"{person.name} deletes {of} {encode_id(id)}"
    if not o.naive.granted(of, person) or not o.naive.allowed(of, row, person):
        status = 404
    elif not o.naive.allowed(of, row, person, "delete"):
        status = 403
    else:
        held = of == "b" and any(one["b"] == id and not one["deleted"] for one in o.naive.rows["a"].values())
        status = 409 if held else 204
    if status == 409 and not o.naive.granted("a", person):
        o.expect("字deal" not in answer.text and "deal" not in answer.text, "names what is denied", told, answer.text)
    if expect_status(o, person, answer, status, told):
        row["deleted"] = id
        for line in o.naive.rows["p"].values():
            if of == "a" and line["a"] == id and not line["deleted"]:
                line["deleted"] = id
        o.changed()
    same_row(o, of, id, told)


def restore(o: Oracle, person: Person) -> None:
    dead = [(of, id) for of in "ab" for id, row in o.naive.rows[of].items() if row["deleted"]]
    if not dead:
        return
    of, id = o.random.choice(dead)
    row = o.naive.rows[of][id]
    answer = o.ask(person, "POST", f"/api/records/{of}/{encode_id(id)}/restore")
    told = f"{person.name} restores {of} {encode_id(id)}"
    if not o.naive.allowed(of, row, person, deleted=True):
        status = 404
    else:
        status = 200 if o.naive.allowed(of, row, person, "delete", deleted=True) else 403
    if expect_status(o, person, answer, status, told):
        mark, row["deleted"] = row["deleted"], False
        for line in o.naive.rows["p"].values():
            if of == "a" and line["a"] == id and line["deleted"] == mark:
                line["deleted"] = False
        o.changed()
    same_row(o, of, id, told)


def move(o: Oracle, person: Person) -> None:
    person, id, row = able(o, person, "a", "transition", None)
    name = o.random.choice(list(MOVES))
    source, target, roles = MOVES[name]
    answer = o.ask(person, "POST", f"/api/records/a/{encode_id(id)}/transitions/{name}", body={})
    told = f"{person.name} moves {encode_id(id)} {name} from {row['state']}"
    if not o.naive.allowed("a", row, person):
        status = 404
    elif not o.naive.allowed("a", row, person, "transition"):
        status = 403
    elif row["state"] != source:
        status = 409
    else:
        status = 200 if roles & person.roles else 403
    reads = o.naive.right("a", "state", row, person) in ("read", "write")
    if status == 409 and not reads:
        told_state = any(word in answer.text for word in (f'"{row["state"]}"', "新态", "终态"))
        o.expect(not told_state, "a refusal tells the state", told, answer.text)
    if expect_status(o, person, answer, status, told):
        write_down(o.naive, "a", row, {"state": target})
        o.changed()
    same_row(o, "a", id, told)


def lines(o: Oracle, person: Person) -> None:
    """A line is written with its whole, under the line's own rights."""
    living = [(id, row) for id, row in o.naive.rows["p"].items() if not row["deleted"]]
    if not living:
        return
    id, line = o.random.choice(living)
    whole = o.naive.rows["a"][line["a"]]  # type: ignore[index]
    if whole["deleted"]:
        return
    name = o.random.choice(("text", "price"))
    value = some_value(o, name)
    body = {"lines": [{"id": encode_id(id), name: as_json(name, value)}]}
    direct = o.random.random() < 0.4
    if direct:
        answer = o.ask(person, "PATCH", f"/api/records/p/{encode_id(id)}", body={name: as_json(name, value)})
    else:
        answer = o.ask(person, "PATCH", f"/api/records/a/{encode_id(line['a'])}", body=body)  # type: ignore[arg-type]
    told = f"{person.name} writes line {encode_id(id)} {name} {'itself' if direct else 'with its whole'}"
    if direct and not o.naive.granted("p", person):
        status = 404
    elif not o.naive.allowed("p" if direct else "a", line if direct else whole, person, "update"):
        status = 403 if o.naive.allowed("a", whole, person) else 404
    elif not o.naive.allowed("p" if direct else "a", line if direct else whole, person):
        status = 404
    elif o.naive.right("p", name, None, person) == "none" or not o.naive.allowed("p", line, person):
        status = 400 if o.naive.allowed("p", line, person) else 404
    else:
        writes = o.naive.allowed("p", line, person, "update") and o.naive.right("p", name, line, person) == "write"
        status = 200 if writes else 422
    if expect_status(o, person, answer, status, told):
        write_down(o.naive, "p", line, {name: value})
        o.changed()
    same_row(o, "p", id, told)


def bulk(o: Oracle, person: Person) -> None:
    """Many operations: each obeys its own rights."""
    ids = o.random.sample(list(o.naive.rows["b"]), 3)
    name = o.random.choice(("name", "city", "cost"))
    given = [{name: some_value(o, name)} for _ in ids]
    operations = [
        {"action": "update", "id": encode_id(id), "values": sent(one)} for id, one in zip(ids, given, strict=True)
    ]
    answer = o.ask(person, "POST", "/api/records/b/bulk", body={"operations": operations})
    told = f"{person.name} writes {name} of three"
    if not o.naive.granted("b", person) or not writes_at_all(person):
        status = 404 if writes_at_all(person) else 403
        o.expect(answer.status == status, "a bulk where one has no right", told, answer.status)
        return
    o.expect(answer.status == 200, "a denied bulk", told, answer.text[:200])
    for id, one, result in zip(ids, given, answer.json["results"], strict=True):
        status, after = update_status(o, "b", o.naive.rows["b"][id], one, person)
        o.expect(("id" in result) == (status == 200), "one of a bulk", told, encode_id(id), result, "for", status)
        if status == 200:
            write_down(o.naive, "b", o.naive.rows["b"][id], after)
        same_row(o, "b", id, told)
    o.changed()


QUESTIONS = {
    "update": (update, 5),
    "create": (create, 3),
    "delete": (delete, 2),
    "restore": (restore, 2),
    "move": (move, 3),
    "lines": (lines, 3),
    "bulk": (bulk, 1),
}
