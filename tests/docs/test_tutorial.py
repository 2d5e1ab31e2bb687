"""The tutorial is true: every sample is compiled, every command is run, in the order of the page."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from engine.cli import main
from engine.dsl.compiler import compile_packs
from engine.installation.served import WIDGETS
from engine.widgets.registry import read_widgets

GUIDE = Path(__file__).parents[2] / "docs" / "guide"
BLOCK = re.compile(r"^```(yaml|sh)\n(.*?)^```", re.MULTILINE | re.DOTALL)
PAGES = ("tutorial.md", "tutorial.zh-CN.md")


def blocks(page: str) -> list[tuple[str, str]]:
    return BLOCK.findall((GUIDE / page).read_text("utf-8"))


def run(line: str) -> int:
    """A command of the page, in process; `rm` of the template's files is the only other one there is."""
    words = shlex.split(line)
    if words[0] == "rm":
        for path in Path().glob(words[1]):
            path.unlink()
        return 0
    assert words[0] == "dougong", line
    return main(words[1:])


@pytest.mark.one_database
@pytest.mark.parametrize("page", PAGES)
def test_following_the_page_gives_a_working_application(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DOUGONG_NEW_PASSWORD", "a-first-password")
    for kind, text in blocks(page):
        if kind == "yaml":
            path = Path(text.split("\n", 1)[0].removeprefix("# ").strip())
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text.split("\n", 1)[1], "utf-8")
            continue
        for line in text.strip().splitlines():
            code = run(line)
            said = capsys.readouterr()
            assert code == 0, f"{line}\n{said.out}{said.err}"
            if " test" in line:
                assert "1 passed" in said.out or "1 个通过" in said.out
    compilation = compile_packs([tmp_path / "trips"], read_widgets(WIDGETS))
    assert compilation.model is not None
    assert "floor_area" in compilation.model.entities["shop"].fields


def test_both_languages_show_the_same_samples() -> None:
    assert blocks(PAGES[0]) == blocks(PAGES[1])
