"""Surveys: sheets as services export them become answers with kinds and choices, and responses with a column a question."""

from __future__ import annotations

import io

import xlsxwriter
from runtime.source_world import KEEPER, SourceWorld, source

from engine.runtime.sources.looking import Looker
from packs.connectors.surveys.questions import answers, questions
from packs.connectors.surveys.reading import read_survey

CHOICES = "choices: {Q1: {满意: fine, 一般: plain}}"
SOURCES = {
    "responses": source(
        "survey",
        "{code: respondent, name: Q4, price: Q3, made_on: Q5, grade: Q1}",
        f"{{object: response, path: s.xlsx, {CHOICES}}}",
    ),
    "answers": source(
        "survey",
        "{code: id, name: answer, price: number, grade: choice}",
        f"{{object: answer, path: s.xlsx, {CHOICES}}}",
    ),
    "missing": source("survey", "{code: respondent, name: Q9}", "{object: response, path: s.xlsx}"),
    "outside": source("survey", "{code: respondent, name: Q1}", "{object: response, path: ../../s.xlsx}"),
}
HEADER = (
    "序号", "提交答卷时间", "所用时间", "来自IP", "1、您对交付是否满意？", "2、您用过哪些产品？(多选题)", "3、推荐意愿（0-10）", "4、您的建议",
    "5、希望何时回访",
)  # fmt: skip
ROWS = (
    ("1", "2026/3/1 9:05:10", "120秒", "1.1.1.1", "A.满意", "压装机┋检测站", 9, "很好", "2026-04-01"),
    ("2", "2026/3/1 9:06:00", "90秒", "1.1.1.2", "B.一般", "压装机", 6, "价格高一些", "2026-04-02"),
    ("3", "2026/3/1 9:07:00", "80秒", "1.1.1.3", "A.满意", "(跳过)", 10, "（空）", "2026-04-03"),
    ("4", "2026/3/1 9:08:00", "80秒", "1.1.1.4", "A.满意", "其他〖自研设备〗┋检测站", 8, "继续", "2026-04-04"),
)


def workbook(*rows: tuple[object, ...], header: tuple[str, ...] = HEADER) -> bytes:
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        page = book.add_worksheet()
        for line, row in enumerate((header, *rows)):
            page.write_row(line, 0, row)
    return made.getvalue()


def test_responses_have_a_column_a_question_and_answers_become_choices(world: SourceWorld) -> None:
    (world.inbox / "s.xlsx").write_bytes(workbook(*ROWS[:2]))
    report = world.run("responses")
    assert (report.fault, report.problems, report.counts.created) == (None, (), 2)
    assert [(row[0], row[1], str(row[2]), str(row[3]), row[4]) for row in world.rows()] == [
        ("1", "很好", "9.0000", "2026-04-01", "fine"),
        ("2", "价格高一些", "6.0000", "2026-04-02", "plain"),
    ]
    (world.inbox / "s.xlsx").write_bytes(workbook(*ROWS))
    again = world.run("responses")
    assert (again.counts.created, again.counts.refused, again.counts.unchanged) == (1, 1, 2)
    assert [problem.field for problem in again.problems] == ["name"]


def test_every_option_of_an_answer_is_a_row(world: SourceWorld) -> None:
    (world.inbox / "s.xlsx").write_bytes(workbook(*ROWS))
    report = world.run("answers")
    assert report.fault is None
    names = {str(row[0]): (row[1], row[4]) for row in world.rows()}
    assert names["1#Q2#1"][0] == "压装机"
    assert names["4#Q2#1"][0] == "其他"
    assert names["3#Q1#1"] == ("满意", "fine")
    assert "3#Q2#1" not in names


def test_kinds_are_told_by_what_stands_in_the_columns(world: SourceWorld) -> None:
    (world.inbox / "s.xlsx").write_bytes(workbook(*ROWS))
    look = Looker(world.runner)
    asked = world.installation.workplace.models.current().sources["responses"]
    response = next(one for one in look.objects(asked, KEEPER) if one.name == "response")
    assert {one.name: one.kind for one in response.columns} == {
        "respondent": "text", "submitted": "instant", "Q1": "text", "Q2": "text", "Q3": "number", "Q4": "text", "Q5": "date",
    }  # fmt: skip
    survey = read_survey("s.xlsx", workbook(*ROWS), "")
    assert [one.kind for one in survey.questions] == ["single", "multiple", "scale", "text", "date"]
    assert survey.responses[3].said[1][0].filled == "自研设备"


def test_options_in_columns_of_their_own_are_one_question_and_lines_of_a_table_are_several() -> None:
    header = ["ID", "3、用过的功能(报价)", "3、用过的功能(合同)", "4、评价—速度", "4、评价—服务", "称呼"]
    rows = [["7", "1", "0", "5", "4", "李"], ["8", "", "1", "3", "5", "王"]]
    asked = questions(header, rows)
    assert [(one.name, one.kind) for one in asked] == [
        ("Q3", "multiple"), ("Q4_1", "scale"), ("Q4_2", "scale"), ("Q1", "text"),
    ]  # fmt: skip
    assert asked[0].options == ("报价", "合同")
    assert asked[1].text == "评价 速度"
    assert [one.answer for one in answers(asked[0], rows[1])] == ["合同"]


def test_what_cannot_be_read_is_told(world: SourceWorld) -> None:
    (world.inbox / "s.xlsx").write_bytes(workbook(*ROWS))
    assert world.run("missing").error == "missing_column"
    assert world.run("outside").error == "outside_inbox"
    (world.inbox / "s.xlsx").write_bytes(b"PK\x03\x04nothing")
    assert world.run("answers").error == "unreadable_survey"
    (world.inbox / "s.xlsx").unlink()
    assert world.run("answers").error == "no_file"
    assert world.run("answers", ("s.csv", "序号,1、满意吗\n1,满意\n".encode("gb18030"))).counts.created == 1
