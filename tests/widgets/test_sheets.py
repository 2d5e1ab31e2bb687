"""Every page loads the style sheets that its classes stand in: the one of every page, and those that it names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from engine.widgets.registry import read_widgets
from engine.widgets.render import WIDGETS_FOLDER
from engine.widgets.shared import STYLE_SHEETS

TEMPLATES = Path(__file__).parents[2] / "engine" / "web" / "templates"
WIDGETS = read_widgets(WIDGETS_FOLDER)
OWN_SHEETS = tuple(
    path.relative_to(WIDGETS_FOLDER).as_posix()
    for path in sorted(WIDGETS_FOLDER.rglob("*.css"))
    if path.relative_to(WIDGETS_FOLDER).as_posix() not in STYLE_SHEETS
)


def classes_of(sheet: str, beginning: bool = False) -> set[str]:
    """The classes that a sheet has rules for; `beginning` leaves out those that only mark what another class is about."""
    text = re.sub(r"/\*.*?\*/", "", (WIDGETS_FOLDER / sheet).read_text("utf-8"), flags=re.DOTALL)
    selectors = [
        one for rule in re.findall(r"([^{}]+){", text) for one in rule.split(",") if not rule.strip().startswith("@")
    ]
    found = [re.findall(r"\.([a-z][\w-]*)", one) for one in selectors]
    return {name for names in found for name in (names[:1] if beginning else names)}


ON_EVERY_PAGE = set[str]().union(*(classes_of(sheet) for sheet in STYLE_SHEETS))
SHEETS_OF_CLASS = {
    name: {sheet for sheet in OWN_SHEETS if name in classes_of(sheet, beginning=True)}
    for own in OWN_SHEETS
    for name in classes_of(own, beginning=True) - ON_EVERY_PAGE
}


def with_parts(path: Path, seen: frozenset[Path] = frozenset()) -> Iterator[str]:
    """The text of a template, of what it takes from others, and of the Python that draws for a widget."""
    text = re.sub(r"{#.*?#}", "", path.read_text("utf-8"), flags=re.DOTALL)
    yield text
    for name in re.findall(r"{% (?:from|include|import) \"([^\"]+)\"", text):
        part = next(folder / name for folder in (TEMPLATES, WIDGETS_FOLDER) if (folder / name).exists())
        if part not in seen:
            yield from with_parts(part, seen | {path, part})
    if path.parent.parent == WIDGETS_FOLDER and path.name == "template.html":
        yield from (file.read_text("utf-8") for file in path.parent.glob("*.py"))


def bare_classes(path: Path, sheets: Sequence[str]) -> dict[str, set[str]]:
    """Classes that are used and stand in none of the sheets that are loaded, with the sheets that they stand in.

    A template may load one itself where only some of its looks need it.
    """
    text = "\n".join(with_parts(path))
    loaded = {*sheets, *re.findall(r"<link rel=\"stylesheet\" href=\"{{ asset\('([^']+)'\) }}\">", text)}
    used = {
        name
        for value in re.findall(r"class_?=[\"'](.*?)[\"'][ >/,)]", text)
        for name in re.findall(r"[a-z][\w-]*", value)
    }
    return {name: SHEETS_OF_CLASS[name] for name in used & set(SHEETS_OF_CLASS) if not SHEETS_OF_CLASS[name] & loaded}


def named_sheets(page: Path) -> list[str]:
    found = re.search(r"{% set sheets = \[([^]]*)\][^%]*%}", page.read_text("utf-8"))
    return re.findall(r'"([^"]+)"', found[1]) if found else []


PAGES = [path for path in sorted(TEMPLATES.rglob("*.html")) if "{% extends" in path.read_text("utf-8")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(TEMPLATES).as_posix())
def test_a_page_loads_the_sheets_of_its_classes(page: Path) -> None:
    assert set(named_sheets(page)) <= set(OWN_SHEETS)
    assert bare_classes(page, named_sheets(page)) == {}


@pytest.mark.parametrize("name", WIDGETS)
def test_a_widget_names_the_sheets_of_its_classes(name: str) -> None:
    assert set(WIDGETS[name].sheets) <= set(OWN_SHEETS)
    assert bare_classes(WIDGETS[name].folder / "template.html", WIDGETS[name].sheets) == {}


def test_a_page_without_the_sheet_of_its_classes_is_found() -> None:
    assert bare_classes(TEMPLATES / "inbox.html", ())["inbox-line"] == {"shared/inbox.css"}
    assert bare_classes(WIDGETS["decision_map"].folder / "template.html", ())["map-box"] == {"decision_map/style.css"}


COSTLY_ENDS = re.compile(r"(?:\*|:not\(.*|(?:td|th|tr)(?![\w-])(?!\.).*)\Z")


def costly_selectors(text: str) -> list[str]:
    """Selectors of a sheet by which any change below what they ask about styles every cell of the page anew.

    A browser keeps, for all rules with `:has()` together, what stands at the end of each: a tag of cells, or anything.
    """
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    rules = [one for one in re.findall(r"([^{}]+){", text) if not one.strip().startswith("@")]
    asked = [re.sub(r":has\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)", ":HAS", one) for one in rules]
    selectors = [one.strip() for rule in asked for one in re.split(r",(?![^(]*\))", rule) if ":HAS" in one]
    ends = {one: re.split(r"[\s>~+]+(?![^(]*\))", one)[-1] for one in selectors}
    return [one for one, end in ends.items() if ":HAS" not in end and COSTLY_ENDS.match(end)]


@pytest.mark.parametrize("sheet", [*STYLE_SHEETS, "field/style.css", "subtable/style.css"])
def test_a_line_that_comes_or_goes_styles_no_other_cell_anew(sheet: str) -> None:
    assert costly_selectors((WIDGETS_FOLDER / sheet).read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("selector", "costs"),
    [
        (".table tr:has(.check :checked) td", True),
        (".field:has(> .scan) > :not(.scan, .input)", True),
        (".table tr:has(> .tools :checked) > td:not(.tools)", True),
        (".table tr:has(.check :checked)", False),
        (".table td:has(.menu)", False),
        (".listing:has(:checked) td.check", False),
    ],
)
def test_a_selector_that_styles_every_cell_anew_is_found(selector: str, costs: bool) -> None:
    assert bool(costly_selectors(f"{selector} {{ color: red; }}")) is costs
