"""What is sealed is written and read by one pair of functions: nobody else touches the ciphers, the keys, or the envelopes."""

from __future__ import annotations

import ast
import re

import pytest

from tests.architecture.parsed import ROOT, nodes, sources

SOVEREIGNTY = "engine/runtime/sovereignty/"
SEALING = "engine/runtime/sealing/"
WALLS = {
    "engine.runtime.sovereignty.ciphers": (SOVEREIGNTY,),
    "engine.runtime.sovereignty.envelopes": (SOVEREIGNTY, SEALING),
    "engine.runtime.sovereignty.key_rows": (SOVEREIGNTY, SEALING),
    "engine.runtime.sovereignty.key_store": (
        SOVEREIGNTY,
        "engine/runtime/stores.py",
        "engine/runtime/backup/places.py",
    ),
    "engine.runtime.sovereignty.vault": (
        SOVEREIGNTY,
        SEALING,
        "engine/runtime/work.py",
        "engine/installation/app_tests.py",
    ),
}
"""Who may import what; a folder ends with a slash. Whoever else seals or opens would be a second way in."""


CIPHER = re.compile(r"import [^\n]*\bSM4\b|\bSM4\(|algorithms\.SM4")


def crossings(name: str, node: ast.AST) -> list[str]:
    """The walls that an import of a source goes through."""
    modules: list[str] = []
    if isinstance(node, ast.ImportFrom) and node.module:
        modules = [node.module, *(f"{node.module}.{one.name}" for one in node.names)]
    elif isinstance(node, ast.Import):
        modules = [one.name for one in node.names]
    return [one for one in modules if one in WALLS and not name.startswith(WALLS[one])]


def enciphers(name: str, text: str) -> bool:
    """Whether a source uses the cipher itself."""
    return name != f"{SOVEREIGNTY}ciphers.py" and bool(CIPHER.search(text))


@pytest.mark.one_database
def test_nobody_goes_past_the_vault() -> None:
    assert {name: found for name, node, _ in nodes() if (found := crossings(name, node))} == {}
    texts = ((path.relative_to(ROOT).as_posix(), path.read_text("utf-8")) for path in sources())
    assert [name for name, text in texts if enciphers(name, text)] == []


@pytest.mark.one_database
def test_a_way_past_the_vault_is_found() -> None:
    """The control."""
    for text in (
        "from engine.runtime.sovereignty.vault import Vault",
        "from engine.runtime.sovereignty import vault",
        "import engine.runtime.sovereignty.envelopes",
    ):
        node = ast.parse(text).body[0]
        assert crossings("engine/web/pages.py", node)
        assert not crossings(f"{SEALING}rows.py", node)
    for text in (
        "from cryptography.hazmat.primitives.ciphers.algorithms import SM4\n",
        "algorithms.SM4(key)",
        "SM4(key)",
    ):
        assert enciphers(f"{SEALING}rows.py", text)
    assert not enciphers(f"{SEALING}rows.py", "SM4-GCM, sealed")
