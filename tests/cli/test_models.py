"""Models by command: trained, read, put live behind gates, taken back, asked, and files of strangers looked at."""

from __future__ import annotations

import shutil
import subprocess
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path

import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from engine.cli import main
from tests.cli.model_desk import BOSS, Desk
from tests.receivables import receivables, sheet

ROLES = ("--at", "issued_on", "--target", "late", "--key", "id", "--unit", "unit", "--category", "terms")


def test_a_model_goes_from_a_sheet_to_answers_and_back_to_the_version_before(desk: Desk) -> None:
    desk.run("apply")
    desk.run("user", "create", "boss", "--name", "Boss", "--admin")
    desk.run("user", "create", "clerk", "--name", "Clerk")
    first = desk.sheet("first.csv", sheet(receivables(1_200, 1)))
    made = desk.json("model", "train", "late", "--table", first, *ROLES)
    assert (made["state"], made["version"]) == ("candidate", 1)
    assert "too few rows" in str(made["badge"])
    assert "The average, for every row" in desk.run("model", "card", "late")
    assert "no_live_version" in desk.run("model", "score", "late", "--table", first, "--key", "id", "--json", code=1)
    assert "administrator" in desk.run("model", "deploy", "late", "--version", "1", "--user", "clerk", code=1)
    desk.run("model", "deploy", "late", "--version", "1", "--user", "boss", "--reason", "a first one")
    rows = receivables(300, 9)
    rows[3][4], rows[4][6], rows[5][3], rows[6][3] = 7.5, "东北", "inf", ""
    answers = desk.json("model", "score", "late", "--table", desk.sheet("open.csv", sheet(rows)), "--key", "id")[
        "answers"
    ]
    assert isinstance(answers, list)
    told = [one for one in answers if one["value"] is not None]
    assert all(0 < one["low"] <= one["value"] <= one["high"] < 1 for one in told)
    silent = {one["key"]: one["abstains"] for one in answers if one["value"] is None}
    assert "past_late is 7.5, outside of" in silent[4][0]
    assert "东北, which was never seen" in silent[5][0]
    assert "inf" in silent[6][0]
    assert "is empty" in silent[7][0]
    _challenge(desk)


def _challenge(desk: Desk) -> None:
    """A version that is no better is stopped at the gate, a reason opens it, and one act goes back."""
    second = desk.sheet("second.csv", sheet(receivables(1_400, 2)))
    compared = desk.json("model", "train", "late", "--table", second, *ROLES)["compared"]
    assert isinstance(compared, dict)
    assert compared["champion_number"] == 1
    refused = desk.run("model", "deploy", "late", "--version", "2", "--user", "boss", "--despite", code=1)
    assert "the live version 1" in refused
    desk.run("model", "deploy", "late", "--version", "2", "--user", "boss", "--despite", "--reason", "new columns soon")
    desk.run("model", "rollback", "late", "--user", "boss", "--reason", "customers complained")
    listed = desk.json("model", "list", "late")
    assert [(one["version"], one["state"]) for one in listed["versions"]] == [(2, "retired"), (1, "champion")]
    assert [(one["act"], one["version"], one["before"]) for one in listed["history"]] == [
        ("rolled_back", 1, 2),
        ("deployed", 2, 1),
        ("trained", 2, None),
        ("deployed", 1, None),
        ("trained", 1, None),
    ]
    assert "No other version was live" in desk.run("model", "rollback", "late", "--user", "boss", code=1)
    for path in (desk.folder / "data" / "models").glob("*.onnx"):
        path.write_bytes(path.read_bytes()[:-1] + b"\0")
    asked = ("model", "score", "late", "--table", second, "--key", "id")
    assert "was altered" in desk.run(*asked, code=1)
    assert "was altered" in desk.run("model", "deploy", "late", "--version", "2", "--user", "boss", code=1)


BILL = """label: {zh: 账单, en: Bill}
title: name
fields:
  name: {type: text, required: true, unique: true, label: {zh: 编号, en: No.}}
  amount: {type: money, currency: CNY, required: true, label: {zh: 金额, en: Amount}}
  terms: {type: integer, required: true, label: {zh: 账期, en: Terms}}
  trade: {type: text, required: true, label: {zh: 行业, en: Trade}}
  issued_on: {type: date, required: true, label: {zh: 开出日, en: Issued on}}
  late: {type: boolean, label: {zh: 逾期, en: Late}}
"""
LATE = """label: {zh: 逾期, en: Late}
nodes:
  - {id: bills, node: source, settings: {entity: bill, at: issued_on, known_at: {late: issued_on}}}
  - id: known
    node: features
    settings:
      as_of: issued_on
      features:
        - {name: amount, from: amount}
        - {name: terms, from: terms, monotone: 1}
        - {name: trade, from: trade, as: category}
        - {name: earlier, agg: share, of: late, over: bill, by: trade, to: trade, window: {days: 365}}
  - {id: turned_out, node: label, settings: {event: late, known_at: "add_days(issued_on, 30)"}}
  - {id: in_time, node: split, settings: {holdout: 0.25, gap: {days: 30}}}
  - {id: learnt, node: train, settings: {model: late_bill, learner: logistic, heuristic: {column: terms, above: 60}}}
  - {id: card, node: card}
  - {id: live, node: deploy, settings: {approve_by: boss}}
edges:
  - {from: bills, to: known}
  - {from: bills, to: known, port: facts}
  - {from: known, to: turned_out}
  - {from: turned_out, to: in_time}
  - {from: in_time, to: learnt}
  - {from: learnt, to: card}
  - {from: card, to: live}
"""


def test_a_model_is_learnt_from_a_pipeline_and_asked_by_the_same_one_with_the_rights_of_an_account(desk: Desk) -> None:
    pack, grant = desk.folder / "my_app", "grants: [{id: all, roles: [boss], actions: [read, create, update]}]\n"
    for name, text in (("entities/bill", BILL), ("access/bill", grant), ("pipelines/late", LATE)):
        (pack / f"{name}.yaml").parent.mkdir(exist_ok=True)
        (pack / f"{name}.yaml").write_text(text, "utf-8")
    desk.run("apply")
    for account, role in (("boss", "boss"), ("worker", "worker")):
        desk.run("user", "create", account, "--name", account, "--role", role)
    names = ("name", "issued_on", "amount", "terms", "trade", "late")
    rows = [[f"B{row[0]}", row[1], row[3], row[5], row[7], bool(row[8])] for row in receivables(500, 7)]
    bills = desk.sheet("bills.csv", sheet(rows, names))
    desk.run("import", "bill", bills, "--user", "boss")
    asked = ("model", "train", "late", "--pipeline", "late")
    assert "--user is needed" in desk.run(*asked, code=1)
    assert "may not read" in desk.run(*asked, "--user", "worker", code=1)
    assert "There is no pipeline" in desk.run("model", "train", "late", "--pipeline", "soon", "--user", "boss", code=1)
    assert "--table is needed" in desk.run("model", "train", "late", "--user", "boss", code=1)
    said = desk.run("model", "train", "late_bill", "--user", "boss")  # the pipeline says how, and by which name
    assert "held out" in said
    learnt = desk.json("model", "card", "late_bill")["card"]
    assert isinstance(learnt, dict)
    assert learnt["learner"] == "line"
    assert "'name': 'heuristic'" in str(learnt["baselines"])
    told = desk.run(*asked, "--user", "boss")
    assert "500 rows" not in told and "held out" in told and "Parity" not in told
    card = desk.json("model", "card", "late")
    assert card["version"] == 1
    history = desk.json("model", "list", "late")["history"]
    assert isinstance(history, list)
    assert history[0]["by"] is not None  # with whose rights it is watched
    desk.run("model", "deploy", "late", "--version", "1", "--user", "boss", "--reason", "tried", "--despite")
    preview = desk.json("pipeline", "preview", "late", "--user", "boss", "--rows", "2")
    shown = preview["rows"]
    assert isinstance(shown, list)
    key = shown[0]["key"]
    scored = desk.json("model", "score", "late", "--pipeline", "late", "--user", "boss", "--record", key)
    answers = scored["answers"]
    assert isinstance(answers, list)
    assert [one["key"] for one in answers] == [key] and 0 < answers[0]["value"] < 1
    refused = desk.run("model", "score", "late", "--pipeline", "late", "--user", "worker", "--record", key, code=1)
    assert "may not read" in refused


@pytest.mark.one_database
def test_a_sheet_that_is_none_is_refused_with_its_line(desk: Desk) -> None:
    desk.run("apply")
    good = receivables(200, 1)
    cases = {
        "line 4 has 3 cells": sheet([*good[:2], [1, 2, 3], *good[2:]]),
        "no date": sheet([[*row[:1], "yesterday", *row[2:]] for row in good]),
        "There is no column late": sheet(good, ("id", "issued_on", "unit", "a", "b", "terms", "c", "d", "e")),
        "CSV in UTF-8": b"\xff\xfe\x00",
        "occurs twice": sheet(good, ("id",) * 9),
    }
    for said, content in cases.items():
        out = desk.run("model", "train", "late", "--table", desk.sheet("bad.csv", content), *ROLES, code=1)
        assert said.lower() in out.lower(), out
    few = desk.run("model", "train", "late", "--table", desk.sheet("few.csv", sheet(good[:10])), *ROLES, code=1)
    assert "at least 100 are needed" in few


@pytest.mark.one_database
def test_more_rows_than_the_memory_holds_are_refused_with_how_many_fit(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.run("apply")
    monkeypatch.setenv("DOUGONG_TRAIN_MEMORY", "701")
    many = desk.sheet("many.csv", sheet(receivables(2_000, 1)))
    out = desk.run("model", "train", "late", "--table", many, *ROLES, code=1)
    assert "DOUGONG_TRAIN_MEMORY" in out
    assert "about" in out


def _model(
    nodes: list[onnx.NodeProto],
    opsets: tuple[tuple[str, int], ...] = (("", 18), ("ai.onnx.ml", 5)),
    outputs: Sequence[str] = ("raw", "value"),
    **more: object,
) -> bytes:
    inputs = [helper.make_tensor_value_info("numbers", TensorProto.DOUBLE, [None, 1])]
    outputs = [helper.make_tensor_value_info(name, TensorProto.DOUBLE, [None, 1]) for name in outputs]
    constants = [numpy_helper.from_array(onnx.numpy_helper.to_array(helper.make_tensor("c", 11, [1], [2.0])), "c")]
    graph = helper.make_graph(nodes, "model", inputs, outputs, initializer=constants)
    imports = [helper.make_opsetid(domain, number) for domain, number in opsets]
    made = helper.make_model(graph, opset_imports=imports, ir_version=10)
    if more.get("external"):
        tensor = made.graph.initializer[0]
        tensor.data_location = TensorProto.EXTERNAL
        entry = tensor.external_data.add()
        entry.key, entry.value = "location", "/etc/passwd"
        tensor.ClearField("raw_data")
    content: bytes = made.SerializeToString()
    return content


SOUND = [
    helper.make_node("Add", ["numbers", "c"], ["raw"]),
    helper.make_node("Sigmoid", ["raw"], ["value"]),
]
HOSTILE = {
    "not allowed": _model(
        [helper.make_node("Loop", ["numbers", "", "c"], ["raw"], body=helper.make_graph([], "b", [], []))]
    ),
    "operator set": _model(SOUND, (("", 9),)),
    "outside of it": _model(SOUND, external=True),
    "no onnx file": b"hello, model",
    "outputs are": _model([SOUND[0], helper.make_node("Sigmoid", ["raw"], ["other"])], outputs=("raw", "other")),
    "larger than": b"\0" * 20_000_001,
    "com.evil:add is": _model([helper.make_node("Add", ["numbers", "c"], ["raw"], domain="com.evil")]),
}


@pytest.mark.one_database
@pytest.mark.parametrize("said", HOSTILE)
def test_a_file_of_a_stranger_is_refused_in_words(
    said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(HOSTILE[said])
    assert main(["--language", "en", "model", "check-file", str(path)]) == 1
    captured = capsys.readouterr()
    assert said in captured.err.lower()
    path.write_bytes(_model(SOUND))  # the control
    assert main(["--language", "en", "model", "check-file", str(path)]) == 0
    assert "Sound: 2 nodes" in capsys.readouterr().out


@pytest.mark.one_database
def test_nothing_that_serves_loads_what_trains_or_runs_models() -> None:
    code = "import sys, engine.application, engine.cli; print([m for m in ('onnxruntime', 'onnx', 'sklearn', 'scipy') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.one_database
def test_a_model_is_trained_kept_and_asked_without_any_network(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cut = [shutil.which("unshare") or "unshare", "-n"]
    try:
        subprocess.run([*cut, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        warnings.warn("NOT SHOWN: this machine lets nobody cut the network (unshare -n)", UserWarning, stacklevel=1)
        return
    lines = tmp_path / "rows.csv"
    lines.write_bytes(sheet(receivables(400, 1)))
    reach = "import socket; socket.create_connection(('127.0.0.1', 1), 1)"
    tried = [
        subprocess.run([*way, sys.executable, "-c", reach], capture_output=True, text=True, check=False)
        for way in (cut, [])
    ]
    assert "unreachable" in tried[0].stderr
    assert "refused" in tried[1].stderr  # the control: with a network there is somebody to refuse
    assert main(["new", "my_app", "--folder", str(tmp_path)]) == 0
    (tmp_path / "my_app/roles/boss.yaml").write_text(BOSS, "utf-8")
    capsys.readouterr()

    begin = ["--packs", str(tmp_path / "my_app"), "--data", str(tmp_path / "d"), "--language", "en"]
    words = [
        ["model", "train", "late", "--table", str(lines), *ROLES],
        ["user", "create", "boss", "--name", "Boss", "--admin"],
        ["model", "deploy", "late", "--version", "1", "--user", "boss", "--despite", "--reason", "a trial"],
        ["model", "score", "late", "--table", str(lines), "--key", "id"],
    ]
    code = f"from engine.cli import main\nprint([main([*{begin!r}, *one]) for one in {words!r}])"
    environment = {**_plain(), "DOUGONG_NEW_PASSWORD": "a-first-password"}
    command = [*cut, sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.stdout.strip().endswith("[0, 0, 0, 0]"), done.stdout + done.stderr
    assert "late version 1: 400 rows" in done.stdout


def _plain() -> dict[str, str]:
    return {"PATH": "/usr/bin:/bin", "LANG": "en_US.UTF-8", "PYTHONPATH": ":".join(sys.path)}


def test_an_audit_of_negotiations_says_how_many_decisions_there_are_to_look_at(desk: Desk) -> None:
    desk.run("apply")
    assert "0 of 0 decisions" in desk.run("negotiation", "audit")
    told = desk.json("negotiation", "audit", "--sample", "5", "--seed", "3")
    assert (told["of"], told["broken"], told["flaws"], told["seed"]) == (0, 0, [], 3)
    assert desk.json("negotiation", "judge") == {"judged": 0}
    assert "--sample is 1 at least" in desk.run("negotiation", "audit", "--sample", "0", code=1)
