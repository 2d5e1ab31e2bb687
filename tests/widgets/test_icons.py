"""Icons: every name that a definition, a widget or a template uses is drawn in the sprite."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).parents[2]
SPRITE = ROOT / "engine" / "widgets" / "shared" / "icons.svg"
IN_TEXT = re.compile(r"\bicon: *\"?([a-z][a-z-]*)")
IN_TEMPLATE = re.compile(r"\bicon\(['\"]([a-z-]+)['\"]")


def drawn() -> set[str]:
    return {str(symbol.get("id")) for symbol in ElementTree.parse(SPRITE).getroot()}


def used() -> Iterator[tuple[str, str]]:
    for path in [*(ROOT / "packs").rglob("*.yaml"), *(ROOT / "engine").rglob("*.yaml")]:
        for name in IN_TEXT.findall(path.read_text(encoding="utf-8")):
            yield name, str(path.relative_to(ROOT))
    for path in (ROOT / "engine").rglob("*.html"):
        for name in IN_TEMPLATE.findall(path.read_text(encoding="utf-8")):
            yield name, str(path.relative_to(ROOT))


def test_every_icon_that_is_used_is_drawn() -> None:
    names = drawn()
    assert [(name, place) for name, place in used() if name not in names] == []


def test_the_sprite_names_no_colour() -> None:
    assert not re.search(r"\b(fill|stroke|style)=", SPRITE.read_text(encoding="utf-8"))
