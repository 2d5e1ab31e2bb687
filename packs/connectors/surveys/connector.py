"""Surveys as sources: a row an answer, or a row each who answered with a column a question.

Sheets as survey services export them: headings with the numbers of questions, several options in one cell or each in a column of
its own, skipped questions, what was written beside an option. No service was asked by an interface of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from engine.diagnostics import Message
from engine.extensions import (
    Checkpoint,
    ColumnKind,
    ConnectorSpec,
    SourceColumn,
    SourceFault,
    SourceObject,
    SourceReach,
    SourceRow,
)
from engine.model.context import Context
from engine.model.names import Label
from engine.model.sources import Source
from packs.connectors.columns import column
from packs.connectors.contracts.files import MOST_BYTES
from packs.connectors.inbox import inside
from packs.connectors.settings import named
from packs.connectors.surveys.questions import Question, Said
from packs.connectors.surveys.reading import MEGABYTES, SECONDS, Response, Survey, read_survey

JOINT = "、"
_RESPONDENT = column("respondent", "答卷编号", "Respondent")
_SUBMITTED = column("submitted", "提交时间", "Submitted", "instant")
ANSWER = SourceObject(
    "answer",
    Label({"zh": "答案（每题每选项一行）", "en": "Answer (a row a question and option)"}),
    (
        column("id", "标识", "ID"),
        _RESPONDENT,
        _SUBMITTED,
        column("question", "题号", "Question"),
        column("text", "题目", "Wording"),
        column("kind", "题型", "Kind"),
        column("answer", "答案", "Answer", "text", "G2"),
        column("choice", "选项代码", "Code of the choice"),
        column("filled", "补充填写", "Written beside it", "text", "G2"),
        column("number", "数值", "Number", "number"),
    ),
    ("id",),
)
_KINDS: Mapping[str, ColumnKind] = {"scale": "number", "number": "number", "date": "date"}
SPEC = ConnectorSpec(
    "survey",
    Label({"zh": "问卷", "en": "Survey"}),
    "survey",
    {
        "type": "object",
        "additionalProperties": False,
        "required": ["object"],
        "properties": {
            "object": {"enum": ["answer", "response"]},
            "path": named("inbox 中的文件", "File of the inbox", 255),
            "sheet": {"type": "string", "maxLength": 31, "x-titles": {"zh": "工作表", "en": "Sheet"}},
            "choices": {
                "type": "object",
                "propertyNames": {"pattern": "^Q[0-9]{1,3}(_[0-9]{1,3})?$"},
                "additionalProperties": {
                    "type": "object",
                    "additionalProperties": {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,47}$"},
                },
                "x-titles": {"zh": "答案对应的选项代码", "en": "Codes of choices by answer"},
            },
        },
    },
    remote=False,
    objects=(ANSWER,),
    icon="list",
    brings=Label({"zh": "答卷与每题答案", "en": "Responses, and answers to each question"}),
)


@dataclass(frozen=True, slots=True)
class SurveyConnector:
    """Rows of a sheet of answers, which is read in a child with limits."""

    spec: ConnectorSpec = SPEC

    def rows(self, source: Source, context: Context, reach: SourceReach) -> Iterator[SourceRow | Checkpoint]:
        survey = _survey(source, reach)
        answered = source.settings["object"] == "answer"
        known = {one.name for one in survey.questions} | {"respondent", "submitted"}
        missing = sorted(set(source.fields.values()) - known)
        if not answered and missing:
            raise SourceFault(
                "missing_column", f"问卷没有题目：{'、'.join(missing)}", f"There is no question: {', '.join(missing)}"
            )
        codes = _codes(source.settings.get("choices"))
        for one in survey.responses:
            told = _answers(survey, one, codes) if answered else iter([_wide(survey, one, codes)])
            place = Message(f"第 {one.line} 行", f"line {one.line}")
            for row in told:
                yield SourceRow(place, {name: row.get(wanted) for name, wanted in source.fields.items()}, one.submitted)

    def describe(self, source: Source, context: Context, reach: SourceReach) -> Iterator[SourceObject]:
        asked = tuple(_column(one) for one in _survey(source, reach).questions)
        yield ANSWER
        label = Label({"zh": "答卷（每份一行）", "en": "Response (a row each)"})
        yield SourceObject("response", label, (_RESPONDENT, _SUBMITTED, *asked), ("respondent",))


Codes = Mapping[str, Mapping[str, str]]


def _survey(source: Source, reach: SourceReach) -> Survey:
    """The survey of a run's file, or of the declared one. Raises SourceFault, and what the child refuses."""
    if reach.file is not None:
        name, content = reach.file.name, reach.file.content
    else:
        declared = source.settings.get("path")
        path = inside(reach, declared) if isinstance(declared, str) else None
        if path is None or not path.is_file():
            raise SourceFault(
                "no_file",
                "需要一个文件：用 --file 给出，或在 settings.path 中声明",
                "A file is needed: give one with --file, or declare settings.path",
            )
        with path.open("rb") as file:
            name, content = path.name, file.read(MOST_BYTES + 1)
    how = (str(source.settings.get("sheet", "")), frozenset(_codes(source.settings.get("choices"))))
    found = reach.worker.call(read_survey, name, content, *how, seconds=SECONDS, megabytes=MEGABYTES)
    assert isinstance(found, Survey)
    return found


def _codes(declared: object) -> Codes:
    return declared if isinstance(declared, Mapping) else {}


def _answers(survey: Survey, one: Response, codes: Codes) -> Iterator[dict[str, object]]:
    for question, said in zip(survey.questions, one.said, strict=True):
        for place, answer in enumerate(said, start=1):
            yield {
                "id": f"{one.respondent}#{question.name}#{place}",
                "respondent": one.respondent,
                "submitted": one.submitted or None,
                "question": question.name,
                "text": question.text,
                "kind": question.kind,
                "answer": answer.answer,
                "choice": codes.get(question.name, {}).get(answer.answer),
                "filled": answer.filled or None,
                "number": answer.answer if question.kind in {"scale", "number"} else None,
            }


def _wide(survey: Survey, one: Response, codes: Codes) -> dict[str, object]:
    told = zip(survey.questions, one.said, strict=True)
    cells = {question.name: _cell(said, codes.get(question.name, {})) for question, said in told}
    return {"respondent": one.respondent, "submitted": one.submitted or None, **cells}


def _cell(said: tuple[Said, ...], codes: Mapping[str, str]) -> str | None:
    """What was answered in one cell: the codes of choices where there are, else the words."""
    return JOINT.join(codes.get(one.answer, one.answer) for one in said) or None


def _column(one: Question) -> SourceColumn:
    return column(one.name, one.text[:80], one.text[:80], _KINDS.get(one.kind, "text"))


CONNECTOR = SurveyConnector()
