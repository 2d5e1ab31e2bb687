"""Questions to the interface that only read: lists, rows, counts, search, figures, picking, history, explanations, OpenAPI."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal

from engine.runtime.identifiers import encode_id
from tests.oracle.definitions import CITIES, METRICS, STAGES
from tests.oracle.naive import ACTIONS, BY_HAND, FIELDS, Person, Row, changes_of, writes_at_all
from tests.oracle.questions import (
    BUILT_IN,
    BUILT_IN_TITLES,
    MONEY,
    NO_SUCH,
    REFERENCES,
    Oracle,
    Path,
    as_json,
    code_of,
    without_id,
)

PATHS: dict[str, list[Path]] = {
    "a": [(name,) for name in ("name", "phone", "stage", "state", "b", "owner", "n", "secret", "total")]
    + [("b", "name"), ("b", "city"), ("b", "cost")],
    "b": [("name",), ("city",), ("cost",), ("owner",)],
    "p": [("text",), ("price",), ("a",), ("a", "name"), ("a", "n"), ("a", "b", "city"), ("a", "secret")],
}
SEARCHED = {"a": ("name", "phone"), "b": ("name",), "p": ("text",)}
DIMENSIONS: dict[str, dict[str, Path]] = {
    "sum_n": {"stage": ("stage",), "city": ("b", "city")},
    "sum_secret": {"stage": ("stage",)},
    "rows": {"stage": ("stage",), "city": ("b", "city"), "phone": ("phone",), "firm": ("b",)},
    "rich": {"stage": ("stage",)},
    "cost": {"city": ("city",)},
    "released": {"stage": ("stage",)},
    "mean": {},
}
READ_BY = {"sum_n": "n", "sum_secret": "secret", "rows": None, "rich": "secret", "cost": "cost", "released": "n"}


def order(value: object) -> tuple[bool, object]:
    return (value is not None, "" if value is None else value)


def shown(o: Oracle, of: str, id: int, path: Path, person: Person) -> object:
    return o.naive.cell(of, o.naive.rows[of][id], path, person)[1]


def some_paths(o: Oracle, of: str) -> list[Path]:
    return o.random.sample(PATHS[of], o.random.choice((1, 2, 3, 4)))


def listing(o: Oracle, person: Person) -> None:
    """A list: columns, filter, sort, search, pages, count."""
    of = o.random.choice("aaabp")
    columns = some_paths(o, of)
    sorted_by = o.random.choice([path for path in PATHS[of] if path[-1] not in REFERENCES])
    filtered, key, value, holds = condition(o, of, person)
    descending = o.random.random() < 0.5
    word = o.random.choice(("", "", "", *words(o, of)))
    query: dict[str, object] = {
        "fields": ",".join(".".join(path) for path in columns),
        "sort": ("-" if descending else "") + ".".join(sorted_by) + ",id",
        key: value,
        "limit": o.random.choice((3, 200)),
    }
    query |= {"search": word} if word else {}
    query |= {"count": "true"} if o.random.random() < 0.4 else {}
    deleted = o.random.random() < 0.1
    query |= {"deleted": "true"} if deleted else {}
    answer = o.ask(person, "GET", f"/api/records/{of}", query=query)
    told = f"{person.name} {of} {query}"
    if not o.naive.granted(of, person):
        o.expect(answer.status == 404, "a list of what is denied", told, answer.status)
        return
    unknown = [path for path in (*columns, sorted_by, filtered) if not o.naive.named(of, path, person)]
    if unknown:
        o.expect(answer.status == 400 and code_of(answer) == "unknown_field", "a hidden name", told, answer.text[:200])
        return
    o.expect(answer.status == 200, "a denied list", told, answer.text[:300])
    found, total = _pages(o, person, of, query, answer)
    ids = [id for id in sorted(o.naive.readable(of, person, deleted)) if holds(id) and matches(o, of, id, word, person)]
    ids.sort(key=lambda id: order(shown(o, of, id, sorted_by, person)), reverse=descending)
    got = [o.id_of(of, str(one["id"]), told) for one in found]
    o.expect(got == ids, "rows", told, got, "for", ids)
    if "count" in query:
        o.expect(total == len(ids), "total", told, total, "for", len(ids))
    for one in found:
        o.check_record(of, person, one, columns, told)


def _pages(o: Oracle, person: Person, of: str, query: dict[str, object], answer):  # type: ignore[no-untyped-def]
    found, total = list(answer.json["data"]), answer.json.get("total")
    while answer.json["next_cursor"]:
        answer = o.ask(person, "GET", f"/api/records/{of}", query={**query, "cursor": answer.json["next_cursor"]})
        o.expect(answer.status == 200, "the next page", query, answer.text[:200])
        found += answer.json["data"]
    return found, total


def words(o: Oracle, of: str) -> list[str]:
    """Words to search: parts of names, of masks, and the very texts of some row, whoever may see it."""
    _, row = o.pick_row(of, None)
    exact = [str(row[name])[-6:] for name in SEARCHED[of] if row[name] is not None]
    return ["press", "***", "客", *exact, *exact]


def matches(o: Oracle, of: str, id: int, word: str, person: Person) -> bool:
    """Whether a row is found by a word in what the person sees of it."""
    if not word:
        return True
    seen = [
        str(value)
        for name in SEARCHED[of]
        if o.naive.named(of, (name,), person) and (value := shown(o, of, id, (name,), person)) is not None
    ]
    return any(word.lower() in one.lower() for one in seen)


def condition(o: Oracle, of: str, person: Person) -> tuple[Path, str, object, Callable[[int], bool]]:
    """A filter, and whether a row passes it. Values are often those of some cell that the person may not see."""
    path = o.random.choice([one for one in PATHS[of] if one[-1] != "owner"])
    key = ".".join(path)
    kind = o.random.choice(("eq", "ne", "empty", "more"))
    if path[-1] in REFERENCES or kind == "empty":
        return path, f"{key}__empty", "true", lambda id: shown(o, of, id, path, person) is None
    holder = of if len(path) == 1 else "b" if path[-2] == "b" else "a"
    value: object = o.pick_row(holder, None)[1][path[-1]]
    if path[-1] in MONEY:
        value = value if isinstance(value, Decimal) else Decimal("7800.00")
        if kind == "more":
            return path, f"{key}__gt", str(value), lambda id: above(shown(o, of, id, path, person), value)
    elif path[-1] in ("stage", "state"):
        value = value or o.random.choice(STAGES)
    elif kind == "more":
        piece = o.random.choice(("***", "客", "Press", "13", str(value or "Q")[-4:]))
        return path, f"{key}__contains", piece, lambda id: holds_piece(shown(o, of, id, path, person), piece)
    else:
        value = o.random.choice((value or "***", "***", "客**", *CITIES))
    if kind == "ne":
        return path, f"{key}__ne", str(value), lambda id: shown(o, of, id, path, person) != value
    return path, key, str(value), lambda id: shown(o, of, id, path, person) == value


def above(found: object, value: object) -> bool:
    return found is not None and found > value  # type: ignore[operator]


def holds_piece(found: object, piece: str) -> bool:
    return found is not None and piece.lower() in str(found).lower()


def one_row(o: Oracle, person: Person) -> None:
    """A row with all its fields, or nothing."""
    of = o.random.choice("aabp")
    id, row = o.pick_row(of, None)
    answer = o.ask(person, "GET", f"/api/records/{of}/{encode_id(id)}")
    told = f"{person.name} reads {of} {encode_id(id)}"
    if not o.naive.allowed(of, row, person):
        o.expect(answer.status == 404, "a row out of scope", told, answer.text[:200])
        return
    o.expect(answer.status == 200, "a denied row", told, answer.text[:200])
    body = {key: one for key, one in answer.json["data"].items() if key not in BUILT_IN - {"id", "version", "@masked"}}
    body = {key: one for key, one in body.items() if key not in BUILT_IN_TITLES}
    o.check_record(of, person, body, [(one,) for one in FIELDS[of] if o.naive.named(of, (one,), person)], told)


def missing(o: Oracle, person: Person) -> None:
    """A row out of scope answers on every address as one that does not exist, byte by byte."""
    of = o.random.choice("aabp")
    id, row = o.pick_row(of, None)
    if o.naive.allowed(of, row, person):
        return
    real, none = encode_id(id), encode_id(7)
    method, form, body = o.random.choice(
        (
            ("GET", "/api/records/{of}/{id}", None),
            ("GET", "/api/records/{of}/{id}/history", None),
            ("GET", "/api/records/{of}/{id}/access", None),
            ("PATCH", "/api/records/{of}/{id}", {}),
            ("DELETE", "/api/records/{of}/{id}", None),
            ("POST", "/api/records/{of}/{id}/transitions/finish", {}),
            ("GET", "/r/{of}/{id}", None),
            ("GET", "/r/{of}/{id}/edit", None),
            ("GET", "/r/{of}/{id}/access", None),
        )
    )
    if any(o.naive.allowed(of, row, person, action) for action in ("update", "delete", "transition")):
        return
    answers = [o.ask(person, method, form.format(of=of, id=one), body=body) for one in (real, none)]
    told = f"{person.name} {method} {form} {of}"
    status = 404 if method == "GET" or writes_at_all(person) else 403
    o.expect(answers[0].status == status, "a row out of scope", told, answers[0].status, answers[0].text[:200])
    texts = [without_id(one.text).replace(real, "ROW").replace(none, "ROW") for one in answers]
    o.expect(texts[0] == texts[1], "a row out of scope is told from a missing one", told, *texts)


def unknown(o: Oracle, person: Person) -> None:
    """A hidden field is no name anywhere: its answer is that of a name that does not exist."""
    of = o.random.choice("aabp")
    hidden = [path for path in PATHS[of] if not o.naive.named(of, path, person)]
    if not o.naive.granted(of, person) or not hidden:
        return
    name = ".".join(o.random.choice(hidden))
    id, row = o.pick_row(of)
    acts = [
        ("GET", f"/api/records/{of}", {"fields": "{}"}, None),
        ("GET", f"/api/records/{of}", {"sort": "-{}"}, None),
        ("GET", f"/api/records/{of}", {"{}__empty": "true"}, None),
        ("GET", f"/api/records/{of}", {"{}__eq": "1"}, None),
        ("GET", f"/api/records/{of}", {"{}__nosuch": "1"}, None),
    ]
    if "." not in name:
        acts.append(("GET", f"/api/records/{of}/pick/{{}}", None, None))
        acts.append(("GET", f"/r/{of}/{encode_id(id)}/access", {"field": "{}"}, None))
        acts.append(("GET", f"/api/records/{of}/{encode_id(id)}/access", {"field": "{}"}, None))
        if o.naive.allowed(of, row, person, "update") and o.naive.allowed(of, row, person):
            acts += [("PATCH", f"/api/records/{of}/{encode_id(id)}", None, {"{}": value}) for value in (None, "1")]
    method, path, query, body = o.random.choice(acts)
    answers = []
    for one in (name, NO_SUCH):
        filled = {key.format(one): value.format(one) for key, value in query.items()} if query else None
        sent = {key.format(one): value for key, value in body.items()} if body else None
        answers.append(o.ask(person, method, path.format(one), query=filled, body=sent))
    told = f"{person.name} {method} {path} {query} {body} {name}"
    o.expect(answers[0].status == answers[1].status, "a hidden name", told, *(one.text[:300] for one in answers))
    texts = [named_alike(answer.text, one) for answer, one in zip(answers, (name, NO_SUCH), strict=True)]
    if answers[0].status == 400 or path.startswith("/api"):
        o.expect(texts[0] == texts[1], "a hidden name is told from a missing one", told, *texts)


def named_alike(text: str, name: str) -> str:
    """An answer with one word for whatever name was asked for."""
    return re.sub(rf"(?<![\w.]){re.escape(name)}(?![A-Za-z.])", "NAME", without_id(text))


def figures(o: Oracle, person: Person) -> None:
    """A metric, whole or by a dimension."""
    name = o.random.choice(list(METRICS))
    by = o.random.choice(["", *DIMENSIONS[name]])
    answer = o.ask(person, "GET", f"/api/metrics/{name}", query={"by": by} if by else None, released=True)
    told = f"{person.name} {name} by {by}"
    if not may_ask(o, name, person):
        none = o.ask(person, "GET", f"/api/metrics/{NO_SUCH}")
        o.expect(answer.status == 404, "a figure that is denied", told, answer.text[:200])
        o.expect(without_id(answer.text) == without_id(none.text), "a denied figure is told from none", told)
        return
    over_all = name == "released" and "desk" in person.roles
    of = "b" if name == "cost" else "a"
    path = DIMENSIONS[name].get(by, ())
    if path and not over_all and not o.naive.named(of, path, person):
        none = o.ask(person, "GET", f"/api/metrics/{name}", query={"by": NO_SUCH})
        o.expect(answer.status == 400, "a hidden dimension", told, answer.text[:200])
        same = named_alike(answer.text, by) == named_alike(none.text, NO_SUCH)
        o.expect(same, "a hidden dimension is told from none", told, answer.text, none.text)
        return
    o.expect(answer.status == 200, "a denied figure", told, answer.text[:300])
    expected = groups(o, name, path, person, over_all)
    found = {_key(row["keys"], bool(path)): row["value"] for row in answer.json["data"]}
    o.expect(found == expected, "figures", told, found, "for", expected)
    o.checks += len(expected)
    if by == "firm":
        _check_titles(o, person, answer.json["data"], told)


def _key(keys: list[object], split: bool) -> object:
    return keys[0] if split else ()


def _check_titles(o: Oracle, person: Person, rows: list[dict[str, list[object]]], told: str) -> None:
    """The names of groups are those that the person sees."""
    for row in rows:
        firm = o.naive.rows["b"].get(firm_id(o, row["keys"][0])) if row["keys"][0] is not None else None
        named = o.naive.named("a", ("b", "name"), person) and firm is not None and o.naive.allowed("b", firm, person)
        expected = o.naive.cell("b", firm, ("name",), person)[1] if named and firm is not None else None
        o.expect(row["titles"][0] == expected, "title of a group", told, row, expected)


def firm_id(o: Oracle, key: object) -> int:
    return next((id for id in o.naive.rows["b"] if key == encode_id(id)), 0)


def may_ask(o: Oracle, name: str, person: Person) -> bool:
    """Whether a figure exists for a person."""
    if name == "released" and "desk" in person.roles:
        return True
    if name == "mean":
        return may_ask(o, "sum_n", person) and may_ask(o, "rows", person)
    read, of = READ_BY[name], "b" if name == "cost" else "a"
    return bool(o.naive.granted(of, person)) and (read is None or o.naive.named(of, (read,), person))


def groups(o: Oracle, name: str, path: Path, person: Person, over_all: bool) -> dict[object, object]:
    """The figure by plain loops."""
    of = "b" if name == "cost" else "a"
    rows = [row for row in o.naive.rows[of].values() if not row["deleted"]]
    rows = rows if over_all else [row for row in rows if o.naive.allowed(of, row, person)]

    def value(row: Row, field: str) -> object:
        return row[field] if over_all else o.naive.open(of, row, (field,), person)

    if name == "rich":
        rows = [row for row in rows if above(value(row, "secret"), Decimal(7500))]
    split: dict[object, list[Row]] = {} if path else {(): []}
    for row in rows:
        key = () if not path else row[path[0]] if over_all else o.naive.cell(of, row, path, person)[1]
        split.setdefault(key, []).append(row)
    told = {key: as_json(path[-1], key) if path else key for key in split}
    return {told[key]: _figure(name, listed, value) for key, listed in split.items()}


def _figure(name: str, rows: list[Row], value: Callable[[Row, str], object]) -> object:
    if name in ("rows", "rich"):
        return len(rows)
    field = {"mean": "n"}.get(name, READ_BY.get(name)) or "n"
    total = sum((one for row in rows if isinstance(one := value(row, field), Decimal)), Decimal("0.00"))
    if name != "mean":
        return format(total, "f")
    return format((total / len(rows)).quantize(Decimal("0.01"), ROUND_HALF_UP), "f") if rows else None


def picking(o: Oracle, person: Person) -> None:
    """The rows that a relation may point at."""
    answer = o.ask(person, "GET", "/api/records/a/pick/b", query={"q": word} if (word := _pick_word(o)) else None)
    told = f"{person.name} picks {word}"
    if not o.naive.granted("a", person):
        o.expect(answer.status == 404, "picking where one has no right", told, answer.status)
        return
    if not o.naive.named("a", ("b",), person):
        o.expect(answer.status == 400, "picking for a hidden field", told, answer.text[:200])
        return
    o.expect(answer.status == 200, "picking is denied", told, answer.text[:200])
    expected = {}
    if o.naive.named("b", ("name",), person):
        for id in o.naive.readable("b", person):
            if matches(o, "b", id, word, person):
                expected[encode_id(id)] = str(shown(o, "b", id, ("name",), person) or "")
    found = {one["id"]: one["label"] for one in answer.json["data"]}
    o.expect(found == expected, "picked", told, found, "for", expected)
    o.checks += len(expected)


def _pick_word(o: Oracle) -> str:
    return o.random.choice(("", "", *words(o, "b")))


def histories(o: Oracle, person: Person) -> None:
    """Who changed which field from what to what."""
    of = o.random.choice("aab")
    id, row = o.pick_row(of, None)
    answer = o.ask(person, "GET", f"/api/records/{of}/{encode_id(id)}/history")
    told = f"{person.name} history of {of} {encode_id(id)}"
    if not o.naive.allowed(of, row, person):
        o.expect(answer.status == 404, "a history out of scope", told, answer.status)
        return
    o.expect(answer.status == 200, "a denied history", told, answer.text[:200])
    found = sorted((one["field"], str(one["old"]), str(one["new"])) for one in answer.json["data"] if one["field"])
    expected = sorted(
        (name, str(as_json(name, before)), str(as_json(name, after)))
        for name, before, after in changes_of(row)
        if o.naive.right(of, name, row, person) in ("read", "write")
    )
    o.expect(found == expected, "history", told, found, "for", expected)
    o.checks += len(expected)


def explanations(o: Oracle, person: Person) -> None:
    """Why one may: the conclusion is the naive one, and no condition names what is hidden."""
    of = o.random.choice("aabp")
    id, row = o.pick_row(of)
    field = o.random.choice(["", *FIELDS[of]])
    query = {"field": field} if field else None
    answer = o.ask(person, "GET", f"/api/records/{of}/{encode_id(id)}/access", query=query, definitions=True)
    told = f"{person.name} why {of} {encode_id(id)} {field}"
    if not o.naive.allowed(of, row, person):
        o.expect(answer.status == 404, "an explanation out of scope", told, answer.status)
        return
    o.expect(answer.status == 200, "a denied explanation", told, answer.text[:200])
    for one in answer.json["data"]:
        if one["field"] is None:
            allowed = o.naive.allowed(of, row, person, one["action"])
            o.expect(one["allowed"] == allowed, "explained action", told, one["action"], one["allowed"])
        else:
            right = o.naive.right(of, field, row, person)
            o.expect(one["right"] == right, "explained right", told, one["right"], right)
        for rule in one["rules"]:
            condition = rule["condition"] or ""
            of_rule = "a" if of == "p" and one["field"] is None else of
            hidden = [name for name in ("stage", "n", "city") if name in condition.replace('"', " ").split()]
            for name in hidden:
                path = {"city": ("b", "city")}.get(name, (name,))
                holder, path = ("a", path[-2:]) if "a.stage" in condition else (of_rule, path)
                o.expect(o.naive.named(holder, path, person), "a condition names what is hidden", told, condition)


def openapi(o: Oracle, person: Person) -> None:
    """The description of the interface names what the person may use and nothing else."""
    found = o.ask(person, "GET", "/api/openapi.json").json
    schemas, paths = found["components"]["schemas"], found["paths"]
    for of in ("a", "b", "p"):
        readable = bool(o.naive.granted(of, person))
        o.expect((of in schemas) == readable, "entity in the description", person.name, of)
        o.expect((f"/api/records/{of}" in paths) == readable, "path in the description", person.name, of)
        if not readable:
            o.expect(f"/records/{of}" not in "".join(paths), "paths of what is denied", person.name, of)
            continue
        named = {name for name in FIELDS[of] if o.naive.named(of, (name,), person)}
        listed = {name for name in schemas[of]["properties"] if "." not in name and name not in BUILT_IN}
        o.expect(listed == named, "fields described", person.name, of, listed, "for", named)
        acts = {action: bool(o.naive.granted(of, person, action)) for action in ACTIONS}
        writes = {
            name
            for name in BY_HAND[of]
            if o.naive.right(of, name, None, person) == "write" and (acts["create"] or acts["update"])
        }
        inputs = {name for name in schemas[f"{of}_input"]["properties"] if name not in ("lines", "deals")}
        o.expect(inputs == writes, "inputs described", person.name, of, inputs, "for", writes)
        one = paths[f"/api/records/{of}/{{record}}"]
        o.expect(("patch" in one) == acts["update"], "patch described", person.name, of)
        o.expect(("delete" in one) == acts["delete"], "delete described", person.name, of)
        filters = {p["name"] for p in paths[f"/api/records/{of}"]["get"]["parameters"]} & set(FIELDS[of])
        o.expect(filters == named, "filters described", person.name, of, filters)
    described = paths.get("/api/metrics/{metric}", {}).get("parameters", [{"schema": {"enum": []}}])[0]["schema"][
        "enum"
    ]
    asked = {name for name in METRICS if may_ask(o, name, person)}
    o.expect(set(described) == asked, "figures described", person.name, described, "for", asked)


QUESTIONS = {
    "list": (listing, 12),
    "get": (one_row, 3),
    "missing": (missing, 3),
    "unknown": (unknown, 3),
    "figures": (figures, 5),
    "pick": (picking, 2),
    "history": (histories, 2),
    "explain": (explanations, 2),
    "openapi": (openapi, 1),
}
