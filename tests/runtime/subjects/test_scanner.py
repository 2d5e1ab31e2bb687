"""The proof scanner: a program of its own that finds a text in every form and place, and says so when its control fails."""

from __future__ import annotations

import ast
import base64
import gzip
import json
import sqlite3
import struct
import subprocess
import sys
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from engine.runtime.sovereignty import scanner
from engine.runtime.sovereignty.scanner.forms import forms_of
from engine.runtime.sovereignty.scanner.proof import prove

pytestmark = pytest.mark.one_database
FOLDER = Path(scanner.__file__).parent
PHONE, NAME = "13912345678", "欧阳雨桐有限公司"


def asked(folder: Path, **other: object) -> dict[str, object]:
    targets = {"targets": [PHONE, NAME], "live": [], "folders": [str(folder)], "skip": [], "postgres": ""}
    return {**targets, "stores": ["customer", "files"], **other}


def test_it_shares_no_code_with_what_erases() -> None:
    own, allowed = "engine.runtime.sovereignty.scanner", {"numpy", "psycopg", "__future__"}
    for path in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [one.name for one in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                head = name.partition(".")[0]
                assert name.startswith(own) or head in allowed or head in sys.stdlib_module_names, (
                    f"{path.name}: {name}"
                )


def test_a_text_has_more_than_twenty_forms() -> None:
    assert len(forms_of(PHONE).keys() | forms_of(NAME).keys()) >= 24


def test_every_hiding_place_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "utf16.txt").write_text(NAME, "utf-16-be")
    (folder / "gb.txt").write_bytes(NAME.encode("gb18030"))
    (folder / "base64.txt").write_bytes(base64.b64encode(b"xy" + PHONE.encode() + b"z"))
    (folder / "number.bin").write_bytes(struct.pack("<q", int(PHONE)))
    (folder / "apart.txt").write_text("139-1234-5678")
    (folder / "wide.txt").write_text("".join(chr(ord(one) + 0xFEE0) for one in PHONE))
    (folder / "escaped.json").write_text(json.dumps({"a": NAME}))
    (folder / "packed.gz").write_bytes(gzip.compress(PHONE.encode()))
    with zipfile.ZipFile(folder / "book.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", f"<si>{NAME}</si>")
        archive.writestr("inner.gz", gzip.compress(PHONE.encode()))
    (folder / f"{NAME}.txt").write_text("x")
    with closing(sqlite3.connect(folder / "a.sqlite3")) as connection:
        connection.execute("CREATE TABLE t (a INTEGER, b REAL, c TEXT)")
        connection.execute("INSERT INTO t VALUES (?, ?, ?)", (int(PHONE), 1.5, "x" * 5000 + NAME))
        connection.commit()
    places = {
        one["place"].partition("!")[0].partition("#")[0].partition("?")[0] for one in prove(asked(folder))["hits"]
    }
    assert places == {path.name for path in folder.iterdir()}


def test_an_empty_folder_proves_something_because_of_its_control(tmp_path: Path) -> None:
    found = prove(asked(tmp_path))
    assert (found["hits"], found["valid"], found["control"]["missed"]) == ([], True, [])
    assert found["control"]["planted"] > 700


def test_a_live_token_that_is_not_seen_makes_the_proof_void(tmp_path: Path) -> None:
    found = prove(asked(tmp_path, live=["a-token-that-stands-nowhere"]))
    assert (found["valid"], found["control"]["live_unseen"]) == (False, 1)


def test_a_form_that_the_search_does_not_look_for_makes_the_proof_void(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: a search that lost a form is not believed."""

    def fewer(text: str) -> dict[str, tuple[bytes, ...]]:
        return {name: one for name, one in forms_of(text).items() if name != "gb18030"}

    monkeypatch.setattr("engine.runtime.sovereignty.scanner.searching.forms_of", fewer)
    found = prove(asked(tmp_path))
    assert not found["valid"]
    assert all(one.startswith("gb18030") for one in found["control"]["missed"])


def test_it_is_a_program(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(PHONE)
    run = subprocess.run(
        [sys.executable, "-m", "engine.runtime.sovereignty.scanner"],
        input=json.dumps(asked(tmp_path)).encode(),
        capture_output=True,
        check=False,
    )
    assert (run.returncode, json.loads(run.stdout)["hit_targets"]) == (1, 1)
