"""No text of the product lacks one of its languages. Definitions are asked in tests/packs, pages in tests/web."""

from __future__ import annotations

import ast
import re

import pytest

from engine.application import TEMPLATES
from engine.model.divisions import divisions
from engine.widgets.render import make_environment
from tests.architecture.parsed import ROOT, trees
from tests.languages import in_another_language, in_python, in_script, in_template

ENVIRONMENT = make_environment(lambda name: name, TEMPLATES)
SPEAKS = re.compile(r"[㐀-鿿]|Message\(")
NOT_SAID = {
    "designer/from_sheet/application.py": "names of columns in sheets",
    "designer/from_sheet/columns.py": "names of columns and truth in sheets",
    "designer/from_sheet/naming.py": "the range of Han characters",
    "designer/from_words/proving.py": "rows of app tests",
    "designer/from_words/reading.py": "kinds of fields as they are typed",
    "engine/cli/arguments.py": "the name of the product",
    "engine/dsl/formula_reader.py": "operators as they are typed",
    "engine/dsl/rule_words/amounts.py": "numbers and units as they are typed",
    "engine/dsl/rule_words/clauses.py": "acts as they are typed",
    "engine/dsl/rule_words/timed_clauses.py": "beginnings of names of fields",
    "engine/dsl/rule_words/deeds.py": "answers that go into a sentence",
    "engine/dsl/rule_words/deed_people.py": "answers that go into a sentence",
    "engine/dsl/rule_words/moves.py": "acts as they are typed",
    "engine/dsl/rule_words/names.py": "verbs as they are typed",
    "engine/dsl/rule_words/predicates.py": "answers that go into a sentence",
    "engine/dsl/rule_words/reading.py": "words as they are typed",
    "engine/dsl/rule_words/synonyms.py": "what a trade calls things",
    "engine/dsl/rule_words/tokens.py": "words as they are typed",
    "engine/dsl/rule_words/tongues.py": "wordings, a language each",
    "engine/dsl/rule_words/vocabulary.py": "endings of names",
    "engine/dsl/rule_words/words.py": "words of sentences",
    "engine/dsl/rule_words/saying.py": "marks around texts",
    "engine/installation/reference.py": "tables with a column for each language",
    "engine/model/divisions.py": "names of divisions",
    "engine/model/formula_functions_values.py": "an example",
    "engine/model/level_words.py": "words as they are typed, the range of Han characters",
    "engine/model/probes.py": "a word that no row has",
    "engine/runtime/cards/lines.py": "words on cards",
    "engine/runtime/demo/words.py": "names of people and companies",
    "engine/runtime/formula/sql_texts.py": "amounts in capitals",
    "engine/runtime/formula/texts.py": "amounts in capitals",
    "engine/runtime/pdf_rendering.py": "what asks for a font",
    "engine/runtime/reorganising/changes.py": "acts as they are typed",
    "engine/runtime/search/likeness.py": "forms of companies",
    "engine/runtime/sovereignty/columns.py": "names of columns",
    "engine/runtime/sovereignty/plausible.py": "amounts and days as they are typed",
    "engine/runtime/sovereignty/recognisers.py": "signs of plates and parts of addresses",
    "engine/runtime/sovereignty/spans.py": "what sentences say",
    "engine/runtime/sovereignty/spoken_spans.py": "what sentences say",
    "engine/runtime/storage/json.py": "truth as it is typed",
    "engine/runtime/transfer/suggesting.py": "names of columns in sheets",
    "engine/runtime/transfer/written_dates.py": "days as they are typed",
    "engine/runtime/workflow/calendar_days.py": "days as they are typed",
    "engine/widgets/shared/formula.js": "amounts in capitals",
    "packs/connectors/contracts/clauses.py": "what contracts say",
    "packs/connectors/contracts/connector.py": "a summary of a contract, in its language",
    "packs/connectors/contracts/files.py": "what contracts say",
    "packs/connectors/contracts/pdf_lines.py": "what contracts say",
    "packs/connectors/contracts/quantities.py": "what contracts say",
    "packs/connectors/contracts/reading.py": "what contracts say",
    "packs/connectors/contracts/sentences.py": "what contracts say",
    "packs/connectors/surveys/questions.py": "headings and cells of surveys",
    "packs/connectors/surveys/reading.py": "days as they are typed",
    "packs/connectors/simulators/company.py": "names of companies and goods",
    "packs/connectors/simulators/contract_files.py": "the wording of contracts",
    "packs/connectors/simulators/contacts.py": "names and tags of people",
    "packs/connectors/simulators/crm.py": "what the other side answers",
    "packs/connectors/simulators/factory.py": "names of lines and reasons",
    "packs/connectors/simulators/faults.py": "a number that became a text",
    "packs/connectors/simulators/kingdee.py": "what the other side answers",
    "packs/connectors/simulators/plm.py": "what the other side answers",
    "packs/connectors/simulators/wecom.py": "what the other side answers",
    "packs/connectors/simulators/service_desk.py": "what the other side answers",
    "packs/connectors/simulators/trade.py": "names of things and complaints",
    "packs/connectors/simulators/yonbip.py": "what the other side answers",
}
"""Sources whose Chinese is read, counted, or kept rather than said."""


def lacking() -> dict[str, list[str]]:
    """What lacks a language, by source."""
    found = {name: in_python(tree) for name, tree in trees() if SPEAKS.search((ROOT / name).read_text("utf-8"))}
    for path in (ROOT / "engine").rglob("*.js"):
        found[path.relative_to(ROOT).as_posix()] = in_script(path.read_text("utf-8"))
    assert ENVIRONMENT.loader is not None
    for name in ENVIRONMENT.list_templates(extensions=["html"]):
        found[name] = in_template(ENVIRONMENT, ENVIRONMENT.loader.get_source(ENVIRONMENT, name)[0])
    return {name: texts for name, texts in found.items() if texts}


@pytest.mark.one_database
def test_every_text_of_the_engine_stands_in_both_languages() -> None:
    found = lacking()
    assert {name: texts for name, texts in found.items() if name not in NOT_SAID} == {}
    assert NOT_SAID.keys() - found.keys() == set()


PYTHON = {
    'Message("已保存", "Saved")': False,
    'say("已删除 " + name, f"{name} deleted")': False,
    'words = "保存" if zh else "Save"': False,
    'LABEL = {"zh": "保存", "en": "Save"}': False,
    'words = "保存"': True,
    'Message("已保存", "已保存")': True,
    'Message("It is saved now", "It is saved now")': True,
    'LABEL = {"zh": "保存"}': True,
    'say("已删除", name) if zh else say("已删除", "已删除")': True,
}
TEMPLATES_GIVEN = {
    '<p title="{{ t("保存", "Save") }}">{{ t("共 %s 条", "%s records") | format(n) }} PDF</p>': False,
    '<a class="btn one" data-x="y">{{ "是" if language == "zh" else "Yes" }}</a>': False,
    "<p>没有记录</p>": True,
    '<button aria-label="Close it">×</button>': True,
    "<p>Nothing here yet</p>": True,
    '{{ t("", "since") }}': True,
    '{{ t("没有记录", "没有记录") }}': True,
    '{{ t("Nothing here yet", "Nothing here yet") }}': True,
}
PAGES = {
    '<p title="保存">Saved by 王敏</p>': ("en", True),
    "<main>Saved by 王敏 <code>今天()</code></main>": ("en", False),
    "<li>中文</li>": ("en", False),
    "<p>没有记录</p>": ("en", True),
    "<p>Cashier、Display</p>": ("en", True),
    "<p>Nothing stands here yet</p>": ("zh", True),
    '<script type="module">let me in</script><p>导出 Excel</p>': ("zh", False),
}
SCRIPTS = {
    'toast(words("已保存", "Saved")); x = zh ? "是" : "Yes";': False,
    'toast("已保存");': True,
    "label.textContent = `已选 ${count} 件`;": True,
}


@pytest.mark.one_database
def test_what_is_said_in_one_language_is_found() -> None:
    """The control."""
    assert {source: bool(in_python(ast.parse(source))) for source in PYTHON} == PYTHON
    assert {source: bool(in_template(ENVIRONMENT, source)) for source in TEMPLATES_GIVEN} == TEMPLATES_GIVEN
    assert {source: bool(in_script(source)) for source in SCRIPTS} == SCRIPTS
    for page, (language, found) in PAGES.items():
        assert bool(in_another_language(page, language, re.compile("王敏"))) == found, page


def test_every_province_has_a_name_in_both_languages() -> None:
    provinces = divisions().of("")
    assert len(provinces) == 34
    assert [one.name for one in provinces if one.told_in("en") == one.name or not one.told_in("en").isascii()] == []
