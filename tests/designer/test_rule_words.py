"""Rules in words by their doors: a sentence read over HTTP and applied by its command; the same by the command line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from engine.cli import main
from engine.installation.app_tests import run_suites
from engine.installation.served import SHIPPED
from tests.designer.studio_site import API, Designer

LIMIT = "合同账期不得超过 90 天"


def read(one: Designer, sentence: str, **more: str) -> dict[str, object]:
    answer = one.client.post(f"{API}/rules/read", json={"sentence": sentence, "pack": "b2b_sales", **more})
    assert answer.status_code == 200, answer.text[:500]
    return dict(answer.json())


def test_a_sentence_is_read_with_its_definitions_and_cases_and_applied_only_by_its_command(one: Designer) -> None:
    found = read(one, LIMIT)
    assert found["standing"] == "read" and found["branches"] == [""]
    cases = found["cases"]
    assert isinstance(cases, list) and [case["name"] for case in cases] == ["hit", "miss", "boundary"]
    assert all(case["found"] == case["expected"] for case in cases)
    file = "b2b_sales/rules/contract_limit.yaml"
    assert one.client.get(f"{API}/files/{file}").status_code == 404  # reading writes nothing
    command = found["command"]
    assert isinstance(command, dict)
    problems = one.does(command)["problems"]
    assert problems["errors"] == 0
    assert "when: payment_days > 90" in one.text(file)
    one.undo()
    assert one.client.get(f"{API}/files/{file}").status_code == 404


def test_what_would_be_written_is_told_by_file_and_known_forms_are_listed(one: Designer) -> None:
    tiers = read(one, "折扣超过 20% 的报价由财务审批，否则由单元负责人审批")
    files = tiers["files"]
    assert isinstance(files, list) and [(file["file"], file["new"]) for file in files] == [
        ("b2b_sales/workflows/quote_review.yaml", False)
    ]
    assert files[0]["text"].count("type: approval") == 2
    known = one.client.get(f"{API}/rules/forms", params={"pack": "b2b_sales"}).json()["sentences"]
    assert "合同账期不超过 90 天" in known and len(known) > 100
    assert one.client.get(f"{API}/rules/forms", params={"pack": "nowhere"}).json()["sentences"] == []


def test_what_is_open_is_a_question_and_what_is_bad_is_refused_in_words(one: Designer) -> None:
    asked = read(one, "金额超过 100 万由财务审批")
    assert (asked["standing"], asked["about"]) == ("question", "entity")
    assert read(one, "金额超过 100 万由财务审批", entity="contract")["entity"] == "contract"
    assert read(one, "毛利绿低于 10% 的报价要提醒")["standing"] == "unknown"
    assert read(one, "这句话不是规则")["standing"] in {"unknown", "unread", "question"}
    refused = one.client.post(f"{API}/rules/read", json={"sentence": LIMIT, "pack": "nowhere"})
    assert refused.status_code == 422 and "nowhere" in refused.text
    assert one.client.post(f"{API}/rules/read", json={"pack": "b2b_sales"}).status_code == 422


def test_the_command_shows_a_rule_writes_it_only_when_told_to_and_its_cases_pass_as_app_tests(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("organisation", "b2b_sales"):
        shutil.copytree(Path(SHIPPED) / name, tmp_path / "packs" / name)
    given = ["--data", str(tmp_path / "data"), "--packs", str(tmp_path / "packs"), "--language", "zh", "rule", LIMIT]
    rule = tmp_path / "packs/b2b_sales/rules/contract_limit.yaml"
    assert main([*given, "--pack", "b2b_sales"]) == 0
    shown = capsys.readouterr().out
    assert "合同账期不得超过 90" in shown and "✓ 边界" in shown and not rule.exists()
    assert main([*given, "--pack", "b2b_sales", "--apply"]) == 0 and rule.exists()
    report = run_suites([tmp_path / "packs" / name for name in ("organisation", "b2b_sales")], ["contract_limit"])
    assert [one.test for one in report.results] == ["hit", "miss", "boundary"]
    assert not [failure.message.en for one in report.results for failure in one.failures]
    assert main([*given[:-1], "金额超过 100 万要审批", "--pack", "b2b_sales"]) == 1
