"""Documentation that cannot lie: the reference is generated, links resolve, every part is named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from engine.cli import main
from engine.cli.arguments import make_parser
from engine.cli.command_reference import all_reference_pages
from engine.dsl.kinds import KINDS
from engine.web.routes import ROUTES

ROOT = Path(__file__).parents[2]
REFERENCE = all_reference_pages(make_parser())
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")


@pytest.mark.parametrize("name", sorted(REFERENCE))
def test_the_generated_reference_is_up_to_date(name: str) -> None:
    written = (ROOT / "docs" / "reference" / name).read_text("utf-8")
    assert written == REFERENCE[name], "run `make docs`"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    links = [
        link for link in LINK.findall(page.read_text("utf-8")) if "://" not in link and not link.startswith("mailto:")
    ]
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_kind_stands_in_the_guide_and_in_the_reference() -> None:
    guide = (ROOT / "docs/guide/definition_language.md").read_text("utf-8")
    reference = (ROOT / "docs/reference/kinds.md").read_text("utf-8")
    assert [kind for kind in KINDS if f"{kind}/" not in guide and f"{kind}.yaml" not in guide] == []
    assert [kind for kind in KINDS if f"## {kind}\n" not in reference] == []


def test_every_decision_is_listed() -> None:
    index = (ROOT / "docs/decisions/README.md").read_text("utf-8")
    assert [page.name for page in (ROOT / "docs/decisions").glob("0*.md") if page.name not in index] == []


def test_every_command_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    text = capsys.readouterr().out
    for command in (
        "start",
        "serve",
        "new",
        "check",
        "format",
        "rename",
        "export-schema",
        "test",
        "plan",
        "apply",
        "revert",
    ):
        assert command in text
    assert make_parser().prog == "dougong"


def test_every_route_has_one_right_and_no_two_are_the_same() -> None:
    seen = [(route.path, method) for route in ROUTES for method in route.methods]
    assert len(seen) == len(set(seen))


def test_a_misused_command_exits_with_2() -> None:
    with pytest.raises(SystemExit) as ended:
        main(["no-such-command"])
    assert ended.value.code == 2


def test_every_promise_has_a_name_of_its_own() -> None:
    promises = yaml.safe_load((ROOT / "promises.yaml").read_text("utf-8"))
    names = [one["id"] for one in promises]
    assert sorted({name for name in names if names.count(name) > 1}) == []
    assert all(one.keys() == promises[0].keys() for one in promises)
