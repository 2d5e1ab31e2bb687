"""Size budgets: files, functions, classes, parameters, return types, local imports, mocks, words."""

from __future__ import annotations

import ast
import re
import statistics
from collections import Counter

from tests.architecture.parsed import ROOT, functions, nodes, sources

FILE_LIMIT, FUNCTION_LIMIT, CLASS_LIMIT, PARAMETER_LIMIT = 600, 60, 300, 8
BANNED = re.compile(r"(Manager|Helper|Util|Processor|Misc|Common)$|^(do_|process_)")
BANNED_FILES = {"utils.py", "helpers.py", "common.py", "misc.py", "manager.py", "helper.py"}


def length(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def test_no_file_is_longer_than_its_budget() -> None:
    sizes = {path.relative_to(ROOT).as_posix(): len(path.read_text("utf-8").splitlines()) for path in sources()}
    assert {name: size for name, size in sizes.items() if size > FILE_LIMIT} == {}
    assert statistics.median(sizes.values()) <= 160


def test_no_function_is_longer_than_its_budget() -> None:
    sizes = {f"{name}:{node.name}": length(node) for name, node in functions()}
    assert {name: size for name, size in sizes.items() if size > FUNCTION_LIMIT} == {}
    assert statistics.median(sizes.values()) <= 10
    assert statistics.quantiles(sizes.values(), n=10)[-1] <= 27


def test_no_class_is_longer_than_its_budget() -> None:
    long = {
        f"{name}:{node.name}": length(node)
        for name, node, _ in nodes()
        if isinstance(node, ast.ClassDef) and length(node) > CLASS_LIMIT
    }
    assert long == {}


def test_no_function_takes_too_many_parameters() -> None:
    wide = {
        f"{name}:{node.name}": len(node.args.args) + len(node.args.kwonlyargs)
        for name, node in functions()
        if len(node.args.args) + len(node.args.kwonlyargs) > PARAMETER_LIMIT + 1
    }
    assert wide == {}


def test_every_function_says_what_it_returns() -> None:
    silent = [f"{name}:{node.name}" for name, node in functions() if node.returns is None]
    assert silent == []


def test_nothing_is_imported_inside_a_function() -> None:
    local = [
        f"{name}:{node.lineno}"
        for name, node, held in nodes()
        if held and isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert local == []


def test_names_avoid_the_banned_words() -> None:
    named = [
        f"{name}:{node.name}"
        for name, node, _ in nodes()
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and BANNED.search(node.name)
    ]
    assert named == []
    assert [path.as_posix() for path in sources() if path.name in BANNED_FILES] == []


def test_extensions_and_the_engine_are_documented() -> None:
    tree = ast.parse((ROOT / "engine/extensions.py").read_text("utf-8"))
    bare = [node.name for node in tree.body if isinstance(node, ast.ClassDef) and not ast.get_docstring(node)]
    assert bare == []


def test_tests_use_next_to_no_mocks() -> None:
    texts = [path.read_text("utf-8") for path in (ROOT / "tests").rglob("*.py") if path.name != "test_budgets.py"]
    mocks = sum(len(re.findall(r"\b(mock|monkeypatch|patch)\b", text)) for text in texts)
    asserts = sum(text.count("assert ") for text in texts)
    assert mocks <= asserts * 0.05


def test_the_product_speaks_of_itself_alone() -> None:
    """No path into somebody's own folders, and none that leaves the repository."""
    folders = "|".join(("work", "home", "root", "Users"))
    words = re.compile(rf"(?<![\w.\-\]}}])/(?:{folders})/|\.\./shared|/tmp/(?:brief|wt)")
    assert words.search(f"see /{'home'}/ann/notes"), "the control"
    speaking = [
        path.relative_to(ROOT).as_posix()
        for folder in ("engine", "packs", "designer", "tests", "docs", "bench", "bundle", "deploy", ".ci")
        for path in (ROOT / folder).rglob("*")
        if not {"node_modules", "static"} & set(path.parts)
        and path.is_file()
        and path.suffix
        in {".py", ".md", ".yaml", ".html", ".js", ".ts", ".svelte", ".css", ".json", ".txt", ".toml", ""}
        and words.search(path.read_text("utf-8", errors="ignore"))
    ]
    assert speaking == []


def test_no_two_modules_of_tests_have_one_name() -> None:
    """Pytest finds a module by its name: of two with one name it runs neither."""
    names = Counter(path.name for path in (ROOT / "tests").rglob("test_*.py"))
    assert [name for name, count in names.items() if count > 1] == []
