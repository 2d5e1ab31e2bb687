"""Questions to pages, sheets and files: what people see, and what a form lets them type."""

from __future__ import annotations

import csv
import io
import re
from decimal import Decimal

from engine.runtime.identifiers import encode_id
from engine.runtime.transfer.sheets import read_sheet
from tests.oracle.naive import ABSENT, BY_HAND, FIELDS, MASK, MOVES, TEXTS, TITLES, VALUE, Person, Row
from tests.oracle.questions import REFERENCES, Oracle, looks
from tests.oracle.reading import above, groups, may_ask, shown

CONTROL = re.compile(r'name="f\.([a-z]+)"')
STATES = {"new": "新态", "done": "终态"}
STAGE_LABELS = {"open": "开", "won": "赢", "lost": "输"}
COLUMNS = {"a": ("name", "phone", "n", "secret", "total"), "b": ("name", "city", "cost")}


def expect_shown(o: Oracle, text: str, of: str, row: Row, names: tuple[str, ...], person: Person, told: str) -> None:
    """Everything of a row that the person sees stands on the page."""
    there = looks({*_plain(text)})
    for name in names:
        if o.naive.named(of, (name,), person):
            state, value = o.naive.cell(of, row, (name,), person)
            if state == VALUE and value is not None:
                o.expect(looks({value}) <= there, "a cell is not shown", told, of, name, value)


def _plain(text: str) -> list[object]:
    return [text.replace(",", "")]


def list_page(o: Oracle, person: Person) -> None:
    of = o.random.choice("ab")
    answer = o.ask(person, "GET", f"/app/{of}_list")
    told = f"{person.name} list page of {of}"
    if not person.roles:
        o.expect(answer.status == 404, "a page for no role of theirs", told, answer.status)
        return
    o.expect(answer.status == 200, "a denied page", told, answer.status)
    for id in o.naive.readable(of, person):
        expect_shown(o, answer.text, of, o.naive.rows[of][id], COLUMNS[of], person, told)


def record_page(o: Oracle, person: Person) -> None:
    of = o.random.choice("aab")
    id, row = o.pick_row(of, None)
    answer = o.ask(person, "GET", f"/r/{of}/{encode_id(id)}")
    told = f"{person.name} page of {of} {encode_id(id)}"
    if not o.naive.allowed(of, row, person):
        o.expect(answer.status == 404, "a page out of scope", told, answer.status)
        return
    o.expect(answer.status == 200, "a denied page", told, answer.status)
    expect_shown(o, answer.text, of, row, COLUMNS[of], person, told)
    if of == "a":
        offered = set(re.findall(r"/move/([a-z]+)", answer.text))
        o.expect(offered == moves_for(o, row, person), "offered transitions", told, offered)
        for line in o.naive.rows["p"].values():
            if line["a"] == id and not line["deleted"]:
                expect_shown(o, answer.text, "p", line, ("text",), person, told)


def moves_for(o: Oracle, row: Row, person: Person) -> set[str]:
    """The transitions that a person may take, if they may know where the row stands."""
    reads = o.naive.right("a", "state", row, person) in ("read", "write")
    if not (reads and o.naive.allowed("a", row, person, "transition")):
        return set()
    return {name for name, (source, _, roles) in MOVES.items() if row["state"] == source and roles & person.roles}


def form(o: Oracle, person: Person) -> None:
    """The form of a row offers the fields that its person may write there."""
    of = o.random.choice("aab")
    id, row = o.pick_row(of, None)
    answer = o.ask(person, "GET", f"/r/{of}/{encode_id(id)}/edit")
    told = f"{person.name} form of {of} {encode_id(id)}"
    if not o.naive.allowed(of, row, person):
        o.expect(answer.status == 404, "a form out of scope", told, answer.status)
        return
    if not o.naive.allowed(of, row, person, "update"):
        o.expect(answer.status == 403, "a form without the right", told, answer.status)
        return
    o.expect(answer.status == 200, "a denied form", told, answer.status, answer.text[:200])
    writable = {name for name in BY_HAND[of] if o.naive.right(of, name, row, person) == "write"}
    offered = set(CONTROL.findall(answer.text)) & set(BY_HAND[of])
    if of == "a" and not above(o.naive.open(of, row, ("secret",), person), Decimal(7500)):
        o.expect("phone" not in offered, "an item whose condition does not hold for them", told)
        writable.discard("phone")
    o.expect(offered == writable, "controls", told, offered, "for", writable)
    module(o, person, answer.text, told)


def module(o: Oracle, person: Person, page: str, told: str) -> None:
    """The formulas that the browser gets name fields that the person reads in every row."""
    found = re.search(r"/formulas/a/[0-9a-f]+\.js", page)
    if found is None:
        return
    answer = o.ask(person, "GET", found.group())
    o.expect(answer.status == 200, "the formulas of a form", told, answer.status)
    for name in ("n", "secret"):
        if re.search(rf"[\"'.]{name}[\"')\] ,]", answer.text):
            o.expect(everywhere(o, "a", name, person), "a formula names what is not read everywhere", told, name)


def everywhere(o: Oracle, of: str, name: str, person: Person) -> bool:
    """Whether a person reads a field in every row."""
    return not o.naive.guarded(of, name) or any(
        one[0] == of and one[1] == name and one[2] in person.roles and one[3] in ("read", "write") and one[4] is None
        for one in o.naive.rights.rules
    )


def new_form(o: Oracle, person: Person) -> None:
    of = o.random.choice("ab")
    answer = o.ask(person, "GET", f"/r/{of}/new")
    told = f"{person.name} new {of}"
    if not o.naive.granted(of, person, "create"):
        status = 403 if o.naive.granted(of, person) else 404
        o.expect(answer.status == status, "a form without the right", told, answer.status)
        return
    o.expect(answer.status == 200, "a denied form", told, answer.status, answer.text[:200])
    offered = set(CONTROL.findall(answer.text)) & set(BY_HAND[of])
    writable = {name for name in BY_HAND[of] if o.naive.right(of, name, None, person) == "write"}
    o.expect(offered == writable, "controls", told, offered, "for", writable)


def preview(o: Oracle, person: Person) -> None:
    """Figures of a form as one types."""
    id, row = o.pick_row("a", None)
    answer = o.ask(person, "POST", "/preview/a", query={"record": encode_id(id)}, form={"_": ""})
    told = f"{person.name} preview of {encode_id(id)}"
    if person.scopes is not None:
        o.expect(answer.status == 403, "a preview with a token of the interface", told, answer.status)
        return
    if not o.naive.allowed("a", row, person, "update"):
        status = 403 if o.naive.allowed("a", row, person) else 404
        o.expect(answer.status == status, "a preview without the right", told, answer.status)
        return
    if not o.naive.allowed("a", row, person):
        o.expect(answer.status == 404, "a preview of what is not read", told, answer.status)
        return
    o.expect(answer.status == 200, "a denied preview", told, answer.status)
    found = answer.json
    reads = o.naive.right("a", "total", row, person) in ("read", "write")
    o.expect(("total" in found["computed"]) == reads, "a computed field", told, found["computed"])
    holds = above(o.naive.open("a", row, ("secret",), person), Decimal(7500))
    o.expect(found["shown"]["f_phone.visible"] == holds, "a condition over what is hidden", told, found["shown"])


def export(o: Oracle, person: Person) -> None:
    of = o.random.choice("ab")
    kind = o.random.choice(("csv", "xlsx"))
    answer = o.seen.ask(person, "GET", f"/export/{of}", query={"kind": kind})
    told = f"{person.name} exports {of} as {kind}"
    if not o.naive.granted(of, person):
        none = o.ask(person, "GET", "/export/nothing", query={"kind": kind})
        o.expect(answer.status == none.status == 404, "an export of what is denied", told, answer.status)
        return
    if not o.naive.granted(of, person, "export"):
        o.expect(answer.status == 403, "an export without the right", told, answer.status)
        return
    o.expect(answer.status == 200, "a denied export", told, answer.status)
    lines = sheet(answer.body, kind)
    o.look_through(person, "\n".join("\t".join(line) for line in lines), told)
    named = [name for name in FIELDS[of] if o.naive.named(of, (name,), person)]
    ids = [id for id in o.naive.readable(of, person) if o.naive.allowed(of, o.naive.rows[of][id], person, "export")]
    expected = sorted([written(o, of, id, name, person) for name in named] for id in ids)
    o.expect(len(lines[0]) == len(named), "columns of an export", told, lines[0], named)
    if kind == "xlsx":
        lines, expected = (
            sorted([_as_number(one) for one in line] for line in table) for table in (lines[1:], expected)
        )
        lines.insert(0, [])
    o.expect(sorted(lines[1:]) == expected, "rows of an export", told, sorted(lines[1:]), "for", expected)
    o.checks += len(expected) * len(named)


def sheet(body: bytes, kind: str) -> list[list[str]]:
    if kind == "csv":
        return list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))
    found = read_sheet("x.xlsx", body)
    width = len(found.header)
    return [[*found.header], *([*line, *[""] * (width - len(line))] for line in found.rows)]


def _as_number(text: str) -> str:
    """An amount without its last zeros: sheets hold numbers."""
    return text.rstrip("0").rstrip(".") if re.fullmatch(r"[0-9]+\.[0-9]+", text) else text


def written(o: Oracle, of: str, id: int, name: str, person: Person) -> str:
    """A cell as a sheet writes it."""
    row = o.naive.rows[of][id]
    state, value = o.naive.cell(of, row, (name,), person)
    if state == ABSENT:
        return ""
    if state == MASK:
        return str(value or "") if name in TEXTS[of] else "***"
    if value is None:
        return ""
    if name in REFERENCES:
        target = REFERENCES[name]
        if target in ("user", "unit"):
            return (o.seen.users if target == "user" else o.seen.units)[value]  # type: ignore[index]
        path = (name, TITLES[target])
        return str(shown(o, of, id, path, person) or "") if o.naive.named(of, path, person) else ""
    if name in ("stage", "state"):
        return (STAGE_LABELS | STATES)[str(value)]
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def board(o: Oracle, person: Person) -> None:
    """The dashboard's figures and rows."""
    answer = o.ask(person, "GET", "/app/board", released=True)
    if not person.roles:
        o.expect(answer.status == 404, "a page for no role of theirs", person.name, answer.status)
        return
    o.expect(answer.status == 200, "a denied page", person.name, answer.status)
    text = answer.text.replace(",", "")
    for name in ("sum_n", "cost", "sum_secret"):
        total = groups(o, name, (), person, False)[()]
        if may_ask(o, name, person) and Decimal(str(total)) < 10_000:
            o.expect(str(total).rstrip("0").rstrip(".") in text, "a figure of the board", person.name, name, total)
    rows = [o.naive.rows["a"][id] for id in o.naive.readable("a", person)]
    secret = {"n", "name"} if o.naive.granted("a", person) else set()
    for row in rows:
        there = above(o.naive.open("a", row, ("secret",), person), Decimal(7500))
        for name in secret if o.naive.named("a", ("name",), person) else ():
            if o.naive.named("a", (name,), person):
                state, value = o.naive.cell("a", row, (name,), person)
                if state == VALUE and value is not None and name == "name":
                    found = looks({value}) <= looks({text})
                    o.expect(found == there, "rows of the board", person.name, value, there)


def drill(o: Oracle, person: Person) -> None:
    """The rows behind a figure."""
    name = o.random.choice(("sum_n", "rows", "rich", "cost", "released"))
    answer = o.ask(person, "GET", f"/figures/{name}/rows", released=name == "released")
    told = f"{person.name} rows behind {name}"
    base = "sum_n" if name == "released" else name
    if not may_ask(o, base, person):
        o.expect(answer.status == 404, "rows behind a denied figure", told, answer.status)
        return
    o.expect(answer.status == 200, "denied rows behind a figure", told, answer.status, answer.text[:300])
    of = "b" if name == "cost" else "a"
    if not o.naive.named(of, ("name",), person):
        return
    there = looks({answer.text})
    for id in o.naive.readable(of, person):
        row = o.naive.rows[of][id]
        counted = name != "rich" or above(o.naive.open("a", row, ("secret",), person), Decimal(7500))
        state, value = o.naive.cell(of, row, ("name",), person)
        if state == VALUE and value is not None:
            o.expect((looks({value}) <= there) == counted, "rows behind a figure", told, value, counted)


def search_page(o: Oracle, person: Person) -> None:
    """The page of hits."""
    _, row = o.pick_row(o.random.choice("ab"), None)
    word = o.random.choice(("Press", "客", str(row["name"])[-6:], str(row.get("phone"))))
    answer = o.ask(person, "GET", "/search", query={"q": word})
    o.expect(answer.status == 200, "the search page", person.name, answer.status)


def import_page(o: Oracle, person: Person) -> None:
    of = o.random.choice("ab")
    answer = o.ask(person, "GET", f"/import/{of}")
    told = f"{person.name} import of {of}"
    if not o.naive.granted(of, person, "create"):
        status = 403 if o.naive.granted(of, person) else 404
        o.expect(answer.status == status, "an import without the right", told, answer.status)
        return
    o.expect(answer.status == 200, "a denied import", told, answer.status)


def why_page(o: Oracle, person: Person) -> None:
    """The explanation as a page; with the tree of a computed value."""
    id, row = o.pick_row("a")
    field = o.random.choice(("", "total", "total", "n", "secret"))
    query = {"field": field} if field else None
    answer = o.ask(person, "GET", f"/r/a/{encode_id(id)}/access", query=query, definitions=True)
    told = f"{person.name} why {encode_id(id)} {field}"
    if not o.naive.allowed("a", row, person):
        o.expect(answer.status == 404, "a page out of scope", told, answer.status)
        return
    o.expect(answer.status == 200, "a denied explanation", told, answer.status, answer.text[:300])
    if "n + secret" in answer.text:
        both = all(o.naive.named("a", (name,), person) for name in ("n", "secret"))
        o.expect(both, "a formula names what is hidden", told)


QUESTIONS = {
    "list_page": (list_page, 2),
    "record_page": (record_page, 3),
    "form": (form, 3),
    "new_form": (new_form, 1),
    "preview": (preview, 2),
    "export": (export, 2),
    "board": (board, 2),
    "drill": (drill, 2),
    "search_page": (search_page, 1),
    "import_page": (import_page, 1),
    "why_page": (why_page, 2),
}
