"""Naughty strings in fields of every kind that takes text: kept to the byte or refused in words, on every surface."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from engine.installation.served import ServedModel
from tests.conftest import KINDS, fresh_url
from tests.rights.worlds import Question, World, make_ground

STRINGS = Path(__file__).parents[1] / "fixtures/strings"
NAUGHTY = [
    json.loads(line)
    for file in ("naughty.txt", "more.txt")
    for line in (STRINGS / file).read_text("utf-8").splitlines()
    if line and not line.startswith("#")
]
TEXTS = ("plain", "long", "phone", "mail", "site", "code")
OTHERS = ("whole", "exact", "sum", "share", "yes", "day", "moment", "span", "one", "many", "target", "person", "unit")
PACK = {
    "pack.yaml": "label: {zh: 字, en: Strings}\nversion: 1.0.0\nlanguages: [zh, en]\n",
    "roles/clerk.yaml": "label: {zh: 文员, en: Clerk}\n",
    "access/thing.yaml": "grants: [{id: all, roles: [clerk], actions: [read, create, update, delete, export]}]\n",
    "entities/thing.yaml": """label: {zh: 物, en: Thing}
title: plain
fields:
  plain: {type: text, label: {zh: 文, en: Plain}, max_length: 400, search: 3}
  long: {type: long_text, label: {zh: 长, en: Long}, search: 1}
  phone: {type: phone, label: {zh: 电话, en: Phone}}
  mail: {type: email, label: {zh: 邮箱, en: Mail}}
  site: {type: url, label: {zh: 网址, en: Site}}
  code: {type: code, label: {zh: 码, en: Code}, pattern: "T-{seq:4}", per: []}
  whole: {type: integer, label: {zh: 整, en: Whole}}
  exact: {type: decimal, label: {zh: 数, en: Exact}}
  sum: {type: money, currency: CNY, label: {zh: 额, en: Sum}}
  share: {type: percent, label: {zh: 比, en: Share}}
  yes: {type: boolean, label: {zh: 是, en: "Yes"}}
  day: {type: date, label: {zh: 日, en: Day}}
  moment: {type: instant, label: {zh: 时, en: Moment}}
  span: {type: duration, label: {zh: 长短, en: Span}}
  one: {type: choice, label: {zh: 选, en: One}, choices: {a: {zh: 甲, en: A}, b: {zh: 乙, en: B}}}
  many: {type: choices, label: {zh: 多, en: Many}, choices: {a: {zh: 甲, en: A}, b: {zh: 乙, en: B}}}
  target: {type: relation, to: thing, on_delete: clear, label: {zh: 向, en: Target}}
  person: {type: user, label: {zh: 人, en: Person}}
  unit: {type: unit, label: {zh: 元, en: Unit}}
""",
    "pages/thing_list.yaml": """kind: list
label: {zh: 物, en: Things}
roles: [clerk]
entity: thing
items: [{id: t, widget: table, columns: [plain, long, phone, mail, site, code]}]
""",
}
CLERK = "clerk_1"


@pytest.fixture(scope="module", params=KINDS)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("naughty")
    for name, text in PACK.items():
        path = folder / "pack" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    models = ServedModel((folder / "pack",))
    compiled = models.compile()
    assert compiled.model is not None, compiled.diagnostics
    models.serve(compiled.model)
    ground = folder / "ground"
    ground.mkdir()
    dsn = request.getfixturevalue("postgres_dsn") if request.param == "postgres" else None
    url = fresh_url("postgres", dsn, ground) if request.param == "postgres" else ""
    with make_ground(ground, url, models).world() as running:
        yield running


def normal(text: str) -> str:
    """The stated normalisation: NFC with LF."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))


class Page(HTMLParser):
    """The texts and attributes of a page, and what a string could have smuggled in."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: list[str] = []
        self.smuggled = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.texts += [value for _, value in attrs if value]
        inline = tag == "script" and not any(name == "src" for name, _ in attrs)
        calls = any(name.startswith("on") or name == "data-naughty" for name, _ in attrs)
        links = any((value or "").strip().lower().startswith("javascript:") for name, value in attrs if name == "href")
        self.smuggled += inline or calls or links

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def made(world: World, values: dict[str, object]) -> tuple[int, dict[str, object]]:
    answer = world.ask(CLERK, Question("POST", "/api/records/thing", body=values))
    assert answer.status in {201, 400, 409, 422}, (values, answer.text[:300])
    return answer.status, json.loads(answer.body)


@pytest.fixture(scope="module")
def kept(world: World) -> dict[tuple[str, str], str]:
    """The id of a row for every field and string that it took."""
    found = {}
    for name in TEXTS:
        for text in NAUGHTY:
            status, told = made(world, {name: text})
            if status == 201:
                found[name, text] = told["data"]["id"]  # type: ignore[index]
            else:
                assert told["error"]["message"], (name, text)  # type: ignore[index]
    return found


def test_a_text_is_kept_to_the_byte_in_every_kind_of_field_that_takes_it(
    world: World, kept: dict[tuple[str, str], str]
) -> None:
    assert sum(name == "plain" for name, _ in kept) > len(NAUGHTY) * 0.9
    assert sum(name == "long" for name, _ in kept) > len(NAUGHTY) * 0.9
    for (name, text), record in kept.items():
        told = json.loads(world.ask(CLERK, Question("GET", f"/api/records/thing/{record}")).body)["data"][name]
        if normal(text).strip() and name in ("plain", "long", "code"):
            assert told in {normal(text), normal(text).strip()}, (name, text)
        again = world.ask(CLERK, Question("PATCH", f"/api/records/thing/{record}", body={name: told}))
        assert json.loads(again.body)["data"]["version"] == 1, ("written again it is another", name, text)


def test_every_other_kind_of_field_refuses_a_text_in_words_or_takes_it_as_its_value(world: World) -> None:
    for name in OTHERS:
        for text in NAUGHTY[::3]:
            status, told = made(world, {name: text})
            if status != 201:
                assert told["error"]["message"], (name, text)  # type: ignore[index]


def test_no_string_leaves_its_place_on_any_page(world: World, kept: dict[tuple[str, str], str]) -> None:
    for at, ((name, text), record) in enumerate(kept.items()):
        if name != "plain" and at % 4:
            continue
        for path in (f"/r/thing/{record}", f"/r/thing/{record}/edit"):
            answer = world.ask(CLERK, Question("GET", path))
            assert answer.status == 200, (path, name, text)
            page = Page(answer.text)
            assert page.smuggled == 0, (path, name, text)
            wanted = " ".join(normal(text).split())
            if name in ("plain", "long"):
                assert any(wanted in " ".join(one.split()) for one in page.texts), (path, name, text)


def test_no_string_breaks_a_search_a_filter_or_a_list(world: World) -> None:
    for text in NAUGHTY:
        for path, key in (("/app/thing_list", "q"), ("/search", "q"), ("/api/records/thing", "search")):
            answer = world.ask(CLERK, Question("GET", path, ((key, text),)))
            assert answer.status == 200, (path, text)
            assert path.startswith("/api/") or Page(answer.text).smuggled == 0, (path, text)
        for name in (*TEXTS, *(OTHERS if len(text) % 4 == 0 else ())):
            answer = world.ask(CLERK, Question("GET", "/api/records/thing", ((name, text),)))
            assert answer.status in {200, 400}, (name, text, answer.text[:200])


def test_an_export_holds_the_texts_and_no_formula(world: World, kept: dict[tuple[str, str], str]) -> None:
    answer = world.ask(CLERK, Question("GET", "/export/thing", (("kind", "csv"),)))
    rows = list(csv.reader(io.StringIO(answer.body.decode("utf-8-sig"), newline="")))
    cells = {cell for row in rows[1:] for cell in row}
    assert not [cell for cell in cells if cell[:1] in {"=", "@", "\t", "\r"}]
    for name, text in kept:
        stored = normal(text).strip()
        if name == "long" and stored:
            assert {stored, f"'{stored}", normal(text), f"'{normal(text)}"} & cells, text
    assert world.ask(CLERK, Question("GET", "/export/thing", (("kind", "xlsx"),))).status == 200


@pytest.mark.parametrize("text", ["a\x00b", "\ud800", "x\udfff"], ids=["nul", "high", "low"])
@pytest.mark.parametrize("name", ["plain", "long", "mail", "site", "code"])
def test_what_no_database_holds_is_refused_in_every_field(world: World, name: str, text: str) -> None:
    assert made(world, {name: text})[0] in {400, 422}
    answer = world.ask(
        CLERK,
        Question(
            "GET", "/api/records/thing", (("plain", text.replace("\ud800", "\ufffd").replace("\udfff", "\ufffd")),)
        ),
    )
    assert answer.status in {200, 400}
