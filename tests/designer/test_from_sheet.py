"""A sheet becomes an application that compiles without a word, whatever its columns are called and hold."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import yaml
from httpx2 import Response
from hypothesis import given, settings
from hypothesis import strategies as st

from designer.from_sheet.application import Home, SheetApplication, application_of
from designer.from_sheet.columns import columns_of
from engine.dsl.compiler import Compilation, compile_packs
from engine.dsl.formatter import format_text
from engine.widgets.registry import read_widgets
from engine.widgets.render import WIDGETS_FOLDER
from tests.designer.studio_site import API, designer
from tests.web.site import Site, running_site

CASES = yaml.safe_load((Path(__file__).parent / "sheet_cases.yaml").read_text("utf-8"))
WIDGETS = read_widgets(WIDGETS_FOLDER)
NEW = Home("made", ("member",), new=True)


@pytest.fixture
def site(tmp_path: Path, database_url: str) -> Iterator[Site]:
    with running_site(tmp_path / "data", database_url) as running:
        yield running


def made(sheet: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> SheetApplication:
    return application_of(sheet, columns_of(header, rows), NEW, ("zh", "en"))


def compiled(texts: Mapping[str, str]) -> Compilation:
    with TemporaryDirectory() as folder:
        for file, text in texts.items():
            path = Path(folder) / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        return compile_packs([Path(folder) / "made"], WIDGETS)


@pytest.mark.parametrize("case", CASES, ids=[case["title"] for case in CASES])
def test_a_sheet_is_read_as_a_person_would(case: dict[str, object]) -> None:
    header, *rows = csv.reader(io.StringIO(str(case["rows"])))
    application = made(str(case["sheet"]), header, rows)
    compilation = compiled(application.texts)
    assert (application.entity, compilation.diagnostics) == (case["entity"], ())
    assert compilation.model is not None
    entity = compilation.model.entities[application.entity]
    assert {name: one.kind.value for name, one in entity.fields.items()} == case["fields"]
    assert (entity.label.text("zh"), entity.title) == (case["label"], case["title_field"])
    assert [*entity.natural_key] == case["natural_key"]
    assert {*compilation.model.metrics} == {*map(str, case["metrics"])}  # type: ignore[call-overload]
    assert {*application.pages} <= {*compilation.model.pages}


def test_what_is_written_is_in_canonical_form() -> None:
    header, *rows = csv.reader(io.StringIO(CASES[0]["rows"]))
    for file, text in made("订单", header, rows).texts.items():
        kind = file.split("/")[1] if file.count("/") == 2 else "pack"
        assert format_text(kind, text, file) == text


WORDS = st.one_of(
    st.sampled_from(
        ["金额", "日期", "状态", "编号", "unit", "user", "if", "yes", "id", "1", "备注：x", "#", "'", "{a}", "- b"]
    ),
    st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12),
)
CELLS = st.one_of(
    st.sampled_from(
        ["", "1", "2.5", "-3", "2026/3/2", "是", "否", "a", "b", "100%", "1e5", "00", "yes", "null", "{x}", "9" * 30]
    ),
    st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=8),
)


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_any_sheet_gives_an_application_that_compiles(data: st.DataObject) -> None:
    width = data.draw(st.integers(1, 6))
    header = data.draw(st.lists(WORDS, min_size=width, max_size=width))
    rows = data.draw(st.lists(st.lists(CELLS, min_size=width, max_size=width), max_size=12))
    columns = columns_of(header, rows)
    if columns:
        application = application_of(data.draw(WORDS), columns, NEW, ("zh", "en"))
        assert compiled(application.texts).errors == ()


def uploaded(site: Site, act: str = "", **more: str) -> Response:
    content = str(CASES[0]["rows"]).encode("gb18030")
    files = {"file": ("订单台账.csv", content, "text/csv")}
    return site.client("admin").post(f"{API}/sheets{act}", data=more, files=files)


def test_a_sheet_becomes_an_application_in_the_draft_by_one_act(site: Site) -> None:
    one = designer(site)
    looked = uploaded(site).json()
    assert (looked["title"], looked["rows"]) == ("订单", 6)
    assert {column["header"]: column["kind"] for column in looked["columns"]}["状态"] == "choice"
    kinds = json.dumps({"备注": "", "产品": "text"})
    made = uploaded(site, "/make", kinds=kinds).json()
    assert (made["entity"], made["problems"], made["page"]) == (
        "order",
        {"errors": 0, "warnings": 0},
        "order/dashboards/order_board.yaml",
    )
    fields = one.file("order/entities/order.yaml")["data"]["fields"]  # type: ignore[index]
    assert ("note" in fields, fields["product"]["type"]) == (False, "text")
    assert site.client("admin").post(f"{API}/sheets/{made['run']}").status_code == 422
    assert one.undo()["undo"] is None
    assert "order" not in [pack["name"] for pack in one.state()["packs"]]  # type: ignore[attr-defined]


def test_a_sheet_joins_a_pack_that_is_there(site: Site) -> None:
    one = designer(site)
    before = one.text("store_sales/pack.yaml")
    made = uploaded(site, "/make", pack="store_sales", title="订货会订单").json()
    assert made["problems"]["errors"] == 0
    assert made["page"].startswith("store_sales/dashboards/")
    assert one.text("store_sales/pack.yaml").startswith(before.rstrip("\n"))
    associate = one.file("store_sales/roles/associate.yaml")["data"]
    assert made["page"].split("/")[-1].removesuffix(".yaml") in associate["navigation"]  # type: ignore[index]


def test_what_is_no_sheet_is_refused_in_words(site: Site) -> None:
    files = {"file": ("a.xlsx", b"PK\x03\x04 nothing", "application/octet-stream")}
    answer = site.client("admin").post(f"{API}/sheets", files=files)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "unreadable_sheet")
    assert uploaded(site, "/make", kinds='{"状态": "wish"}').status_code == 422
    assert uploaded(site, "/make", pack="nowhere").status_code == 422
    everything = dict.fromkeys(str(CASES[0]["rows"]).split("\n", 1)[0].split(","), "")
    assert uploaded(site, "/make", kinds=json.dumps(everything)).status_code == 422
    assert site.client("li").post(f"{API}/sheets", files=files).status_code == 403
