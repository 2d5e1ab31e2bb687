"""`dougong lsp`: a whole conversation as an editor has it, over real pipes, every answer held to the protocol's types."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.editor import ROOT, Editor, applied, at

LEAD = "packs/b2b_sales/entities/lead.yaml"
LIST = "packs/b2b_sales/pages/lead_list.yaml"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("desk")
    for name in ("organisation", "b2b_sales"):
        shutil.copytree(ROOT / "packs" / name, place / "packs" / name)
    return place


@pytest.fixture(scope="module")
def editor(folder: Path) -> Iterator[Editor]:
    one = Editor(folder, "--stdio")
    one.greet()
    yield one
    one.kill()


def codes(listed: list[dict[str, Any]]) -> list[str]:
    return [one["code"] for one in listed]


def typed(editor: Editor, file: str, text: str) -> dict[str, Any]:
    """A text opened in the editor; what a request about its cursor is given."""
    words, position = at(text)
    return {"textDocument": {"uri": editor.open(file, words)}, "position": position}


def test_a_conversation_from_greeting_to_farewell(folder: Path) -> None:
    one = Editor(folder)
    offered = one.greet()
    assert offered["capabilities"]["positionEncoding"] == "utf-16"
    assert offered["serverInfo"]["name"] == "dougong"
    uri = one.open(LEAD)
    one.change(uri, {"text": "label: {zh: 线索, en: Lead}\nfeilds:\n  name: {type: text}\n"})
    found = one.problems(uri, lambda listed: "E201" in codes(listed))
    told = next(one for one in found if one["code"] == "E201")
    assert told["range"] == {"start": {"line": 1, "character": 0}, "end": {"line": 1, "character": 6}}
    assert told["severity"] == 1
    assert 'did you mean "fields"?' in told["message"]
    one.close(uri)
    assert one.problems(uri, lambda listed: listed == []) == []
    assert one.farewell() == 0
    assert one.ended() == ""
    one.kill()


def test_an_editor_that_goes_without_a_word_ends_the_server(folder: Path) -> None:
    one = Editor(folder)
    one.greet()
    assert one.process.stdin is not None
    one.process.stdin.close()
    assert one.process.wait(30) == 1
    assert one.ended() == ""
    one.kill()


def test_what_comes_too_early_too_late_or_is_no_message_is_refused(folder: Path) -> None:
    one = Editor(folder)
    assert one.refused("textDocument/hover")["code"] == -32002
    one.greet()
    assert one.refused("initialize")["code"] == -32600
    assert one.refused("textDocument/nothing")["code"] == -32601
    assert one.refused("textDocument/hover", textDocument={"uri": "untitled:one"})["code"] == -32602
    assert one.refused("textDocument/hover", textDocument={"uri": one.uri(LEAD)}, position=7)["code"] == -32602
    one.write(b"Content-Length: 5\r\n\r\n{oops")
    assert one.answer_to(None)["error"]["code"] == -32700
    one.write(b"Content-Length: 2\r\nContent-Type: application/vscode-jsonrpc; charset=utf-8\r\n\r\n[]")
    assert one.answer_to(None)["error"]["code"] == -32700
    one.tell("textDocument/didChange", {"textDocument": {"uri": one.uri("nowhere.yaml")}, "contentChanges": []})
    one.tell("$/setTrace", {"value": "off"})
    assert one.ask("textDocument/documentSymbol", textDocument={"uri": one.uri("README.md")}) == []
    one.ask("shutdown")
    assert one.refused("workspace/symbol", query="")["code"] == -32600
    one.tell("exit", {})
    assert one.process.wait(30) == 0
    assert "Traceback" not in one.ended()
    one.kill()


def test_a_cancelled_request_is_not_worked_out(editor: Editor) -> None:
    uri = editor.open(LEAD)
    asked = [editor.begin("textDocument/documentSymbol", {"textDocument": {"uri": uri}}) for _ in range(20)]
    editor.tell("$/cancelRequest", {"id": asked[-1]})
    answers = [editor.answer_to(key) for key in asked]
    assert all("result" in one for one in answers[:-1])
    assert answers[-1].get("error", {}).get("code") in {-32800, None}
    editor.close(uri)


def test_changes_by_range_count_in_units_of_utf_16(editor: Editor) -> None:
    """Chinese letters are one unit, an emoji two: a change behind them lands where the editor means it."""
    text = "label: {zh: 线索😀客户, en: Lead}\nfields:\n  name: {type: text}\n  lable: {type: text}\n"
    uri = editor.open(LEAD, text)
    editor.change(
        uri,
        {"range": _range(0, 12, 0, 18), "text": "商机🎉"},
        {"range": _range(0, 16, 0, 16), "text": "甲"},
        {"range": _range(2, 15, 2, 19), "text": "txet"},
    )
    found = editor.problems(uri, lambda listed: "E204" in codes(listed))
    assert [one["range"] for one in found if one["code"] == "E204"] == [_range(2, 15, 2, 19)]
    shown = editor.ask("textDocument/documentSymbol", textDocument={"uri": uri})
    assert shown[0]["detail" if "detail" in shown[0] else "name"] == "label"
    assert [one["name"] for one in shown[0]["children"]] == ["zh", "en"]
    assert shown[0]["children"][1]["range"] == _range(0, 19, 0, 27), "behind two emoji units and a letter put in"
    editor.close(uri)


def _range(line: int, column: int, end_line: int, end_column: int) -> dict[str, Any]:
    return {
        "start": {"line": line, "character": column},
        "end": {"line": end_line, "character": end_column},
    }


def test_an_editor_that_counts_code_points_is_answered_in_them(folder: Path) -> None:
    one = Editor(folder)
    abilities = {"general": {"positionEncodings": ["utf-32", "utf-16"]}}
    assert one.greet(capabilities=abilities)["capabilities"]["positionEncoding"] == "utf-32"
    uri = one.open(LEAD, "fields:\n  😀: {type: text}\n")
    shown = one.ask("textDocument/documentSymbol", textDocument={"uri": uri})
    assert shown[0]["children"][0]["selectionRange"] == _range(1, 2, 1, 3)
    assert one.farewell() == 0
    one.kill()


def test_completion(editor: Editor) -> None:
    params = typed(
        editor, LIST, "entity: opportunity\nitems:\n  - {id: 表😀, widget: table, columns: [name, customer.ti¦]}\n"
    )
    items = editor.ask("textDocument/completion", **params)["items"]
    assert items[0]["label"] == "customer.tier"
    assert items[0]["textEdit"]["newText"] == "customer.tier"
    assert items[0]["textEdit"]["range"]["end"] == params["position"]
    assert items[0]["textEdit"]["range"]["start"]["character"] == params["position"]["character"] - len("customer.ti")
    editor.close(params["textDocument"]["uri"])


def test_hover_speaks_the_language_of_the_editor(editor: Editor, folder: Path) -> None:
    text = "entity: ¦opportunity\nitems: []\n"
    params = typed(editor, LIST, text)
    assert "Opportunity" in editor.ask("textDocument/hover", **params)["contents"]["value"]
    editor.close(params["textDocument"]["uri"])
    chinese = Editor(folder)
    chinese.greet(locale="zh-cn")
    params = typed(chinese, LIST, text)
    assert "商机" in chinese.ask("textDocument/hover", **params)["contents"]["value"]
    assert chinese.farewell() == 0
    chinese.kill()


def test_definition_leads_to_another_file(editor: Editor, folder: Path) -> None:
    params = typed(editor, LIST, "entity: opportunity\nitems:\n  - {id: t, widget: table, columns: [customer.¦tier]}\n")
    found = editor.ask("textDocument/definition", **params)
    assert found["uri"] == editor.uri("packs/b2b_sales/entities/customer.yaml")
    line = (
        (folder / "packs/b2b_sales/entities/customer.yaml")
        .read_text("utf-8")
        .splitlines()[found["range"]["start"]["line"]]
    )
    assert line.strip().startswith("tier:")
    assert editor.ask("textDocument/definition", **{**params, "position": {"line": 1, "character": 1}}) is None
    editor.close(params["textDocument"]["uri"])


def test_references_are_found_in_every_file(editor: Editor, folder: Path) -> None:
    """As many as a rename changes, in formulas, paths, sorts and keys."""
    text = (folder / "packs/b2b_sales/entities/opportunity.yaml").read_text("utf-8")
    line = next(number for number, one in enumerate(text.splitlines()) if one.startswith("  amount:"))
    uri = editor.open("packs/b2b_sales/entities/opportunity.yaml")
    params = {"textDocument": {"uri": uri}, "position": {"line": line, "character": 3}}
    found = editor.ask("textDocument/references", **params, context={"includeDeclaration": False})
    for place in found:
        words = (
            Path(place["uri"].removeprefix("file://")).read_text("utf-8").splitlines()[place["range"]["start"]["line"]]
        )
        start, end = place["range"]["start"]["character"], place["range"]["end"]["character"]
        assert words.encode("utf-16-le")[start * 2 : end * 2].decode("utf-16-le") == "amount", place
    assert len({place["uri"] for place in found}) > 5
    renamed = editor.ask("textDocument/rename", **params, newName="zz_sum")["documentChanges"]
    places = {(one["uri"], str(one["range"])) for one in found}
    edits = {
        (change["textDocument"]["uri"], str(edit["range"]))
        for change in renamed
        for edit in change["edits"]
        if edit["newText"] == "zz_sum"
    }
    assert places - edits == set(), "each reference is changed by a rename"
    others = {one for one in edits - places if "/texts/" not in one[0]}
    assert len(others) == 1, "what a rename changes besides is the declaration"
    editor.close(uri)


def test_renaming_a_field_with_unsaved_texts(editor: Editor, folder: Path) -> None:
    text = (folder / LIST).read_text("utf-8")
    uri = editor.open(LEAD)
    page = editor.open(LIST, "# 😀\n" + text)
    lines = (folder / LEAD).read_text("utf-8").splitlines()
    line = next(number for number, one in enumerate(lines) if one.startswith("  company:"))
    params = {"textDocument": {"uri": uri}, "position": {"line": line, "character": 4}}
    assert editor.ask("textDocument/prepareRename", **params)["placeholder"] == "company"
    taken = editor.refused("textDocument/rename", **params, newName="phone")
    assert taken["code"] == -32803
    assert "phone" in taken["message"]
    changes = editor.ask("textDocument/rename", **params, newName="firm")["documentChanges"]
    by_uri = {one["textDocument"]["uri"]: one for one in changes}
    changed = applied("# 😀\n" + text, by_uri[page]["edits"])
    assert by_uri[page]["textDocument"]["version"] == 1
    assert changed == "# 😀\n" + text.replace("company", "firm")
    declared = applied((folder / LEAD).read_text("utf-8"), by_uri[uri]["edits"])
    assert "  firm:" in declared
    assert "renamed_from: company" in declared
    error = editor.refused("textDocument/rename", **params, newName="Not A Name")
    assert "Not A Name" in error["message"]
    editor.close(uri)
    editor.close(page)


def test_renaming_an_entity_moves_its_file(editor: Editor, folder: Path) -> None:
    params = typed(editor, LIST, "entity: le¦ad\nitems: []\n")
    changes = editor.ask("textDocument/rename", **params, newName="prospect")["documentChanges"]
    moves = [(one["oldUri"], one["newUri"]) for one in changes if one.get("kind") == "rename"]
    assert (editor.uri(LEAD), editor.uri("packs/b2b_sales/entities/prospect.yaml")) in moves
    kinds = [one.get("kind", "edit") for one in changes]
    assert kinds == sorted(kinds), "edits come before files move"
    editor.close(params["textDocument"]["uri"])


def test_an_editor_that_cannot_move_files_is_told_the_command(folder: Path) -> None:
    one = Editor(folder)
    one.greet(capabilities={})
    params = typed(one, LIST, "entity: le¦ad\nitems: []\n")
    assert "dougong rename lead prospect" in one.refused("textDocument/rename", **params, newName="prospect")["message"]
    text = (folder / LEAD).read_text("utf-8")
    line = next(number for number, words in enumerate(text.splitlines()) if words.startswith("  company:"))
    uri = one.open(LEAD)
    place = {"textDocument": {"uri": uri}, "position": {"line": line, "character": 4}}
    assert uri in one.ask("textDocument/rename", **place, newName="firm")["changes"], "a field needs no move"
    assert one.farewell() == 0
    one.kill()


FIXES = [
    ("label: {zh: 线索, en: Lead}\nfeilds:\n  name: {type: text}\n", "E201", "fields:", True),
    ("fields:\n  name: {type: txet}\n", "E204", "{type: text}", True),
    ("fields:\n  name: {type: text, required: yes}\n", "E111", "required: true", False),
    ("fields:\n\tname: {type: text}\n", "E104", "\n  name:", True),
    ("fields:\n  customer: {type: relation, to: custmer}\n", "E301", "to: customer", True),
]


@pytest.mark.parametrize(("text", "code", "wanted", "sure"), FIXES, ids=lambda one: str(one)[:20])
def test_fixes(editor: Editor, text: str, code: str, wanted: str, sure: bool) -> None:
    uri = editor.open(LEAD, text)
    found = next(one for one in editor.problems(uri, lambda listed: code in codes(listed)) if one["code"] == code)
    given = {"textDocument": {"uri": uri}, "range": found["range"], "context": {"diagnostics": [found]}}
    actions = editor.ask("textDocument/codeAction", **given)
    fix = next(one for one in actions if one["diagnostics"][0]["code"] == code)
    assert fix["isPreferred"] is sure
    assert wanted in applied(text, fix["edit"]["documentChanges"][0]["edits"])
    refactorings = editor.ask(
        "textDocument/codeAction", **{**given, "context": {"diagnostics": [], "only": ["refactor"]}}
    )
    assert refactorings == []
    editor.close(uri)


@pytest.mark.parametrize("ends", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_formatting_changes_what_is_out_of_form_alone(editor: Editor, ends: str) -> None:
    text = "fields:\n    name:   {type: text}   # 名称\nlabel:\n  zh: 线索😀\n  en: Lead\n".replace("\n", ends)
    uri = editor.open(LEAD, text)
    edits = editor.ask(
        "textDocument/formatting", textDocument={"uri": uri}, options={"tabSize": 2, "insertSpaces": True}
    )
    wanted = "label: {zh: 线索😀, en: Lead}\nfields:\n  name: {type: text}  # 名称\n".replace("\n", ends)
    assert applied(text, edits) == wanted
    editor.close(uri)
    editor.open(LEAD, "fields: [\n")
    asked = {"textDocument": {"uri": uri}, "options": {"tabSize": 2, "insertSpaces": True}}
    assert editor.refused("textDocument/formatting", **asked)["code"] == -32803
    editor.close(uri)


def test_shipped_files_are_in_form_already(editor: Editor, folder: Path) -> None:
    for file in sorted((folder / "packs/b2b_sales").glob("*/*.yaml"))[::25]:
        uri = file.as_uri()
        asked = {"textDocument": {"uri": uri}, "options": {"tabSize": 2, "insertSpaces": True}}
        assert editor.ask("textDocument/formatting", **asked) == []


def test_outlines_and_resources_by_name_or_label(editor: Editor) -> None:
    uri = editor.open(LEAD)
    shown = editor.ask("textDocument/documentSymbol", textDocument={"uri": uri})
    fields = next(one for one in shown if one["name"] == "fields")
    assert "company" in [one["name"] for one in fields["children"]]
    found = editor.ask("workspace/symbol", query="opportunity_li")
    assert "opportunity_list" in found[0]["name"]
    found = editor.ask("workspace/symbol", query="线索")
    assert any(one["location"]["uri"] == uri for one in found)
    editor.close(uri)


def test_files_that_change_outside_are_heeded(folder: Path) -> None:
    one = Editor(folder)
    watched = {"didChangeWatchedFiles": {"dynamicRegistration": True}}
    one.greet(capabilities={"workspace": watched})
    uri = one.open(LIST)
    text = (folder / LIST).read_text("utf-8")
    one.change(uri, {"text": text.replace("entity: lead", "entity: zz_new", 1)})
    one.problems(uri, lambda listed: "E301" in codes(listed))
    assert one.wishes == ["client/registerCapability"]
    new = folder / "packs/b2b_sales/entities/zz_new.yaml"
    new.write_text("label: {zh: 新, en: New}\nfields:\n  name: {type: text, label: {zh: 名, en: Name}}\n", "utf-8")
    one.tell("workspace/didChangeWatchedFiles", {"changes": [{"uri": new.as_uri(), "type": 1}]})
    one.problems(uri, lambda listed: "E301" not in codes(listed))
    new.unlink()
    assert one.farewell() == 0
    one.kill()


def test_a_pack_that_is_opened_alone_knows_those_it_stands_on(tmp_path: Path) -> None:
    """The folder that is open holds one pack; what it requires is that of the installation."""
    pack = tmp_path / "mine"
    (pack / "entities").mkdir(parents=True)
    (pack / "pack.yaml").write_text(
        "label: {zh: 我的, en: Mine}\nversion: 1.0.0\nlanguages: [zh, en]\nrequires: [b2b_sales]\n", "utf-8"
    )
    one = Editor(pack)
    one.greet()
    params = typed(
        one, "entities/visit_note.yaml", "label: {zh: 记, en: Note}\nfields:\n  c: {type: relation, to: custo¦}\n"
    )
    items = one.ask("textDocument/completion", **params)["items"]
    assert items[0]["label"] == "customer"
    assert one.farewell() == 0
    one.kill()
