"""Workflows of the draft over HTTP: what lies around them, a trial, the paths that app tests walk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from starlette.responses import Response

from designer.api.asked import Asked
from designer.api.formulas import tree_body
from designer.commands.sheets import Texts
from designer.draft.desk import Desk
from designer.file_names import file_name
from designer.refusals import BadCommand, bad
from designer.studio import Studio
from designer.workflows.about import files_about
from designer.workflows.guards import Guard
from designer.workflows.practice import Drafted, Standing, Trial, Walked
from designer.workflows.trying import Attempt, Course, Crossing, Wish
from engine.diagnostics import Severity
from engine.dsl.kinds import fits_name
from engine.model.app import AppModel
from engine.model.flows import Flow
from engine.model.workflows import Workflow
from engine.runtime.identifiers import decode_id
from engine.runtime.work import Work
from engine.runtime.workflow.flow_simulation import Answer
from engine.runtime.workflow.flow_watching import Happening, Happens
from engine.runtime.workflow.machine import Allowed, Refused
from engine.web.calls import Call
from engine.web.dispatch import Afterwards
from engine.web.flow_courses import course_lines, ending_words
from engine.web.responses import json_response
from engine.web.site import Site

KEYS = frozenset({"entity"})
OF_FILE = frozenset({"file"})
ACTS = frozenset({"approve", "reject", "wait"})
Json = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class WorkflowsApi:
    """The endpoints of the editor of workflows."""

    studio: Studio

    def about(self, work: Work, call: Call, site: Site) -> Response:
        """GET /designer/api/workflows/about?entity=…: the data of the files about an entity: itself, its workflows, rights,
        pages and tests.
        """
        entity = call.first.get("entity", "")
        if not fits_name("entities", entity):
            raise bad("entity 须是实体的名字", "`entity` must be the name of an entity")
        return json_response({"files": dict(files_about(Desk(work, self.studio), entity))})

    def attempt(self, work: Work, call: Call, site: Site) -> Afterwards:
        """POST /designer/api/workflows/try: `file` on `record` or `values`, started by somebody of `role`, with `answers`
        by step (approve, reject, wait); of states also in `state`. Nothing of it stays. On values it is worked out elsewhere:
        asked again while `standing` is `running`.
        """
        asked = Asked.of(call)
        file, wish = asked.text("file"), _wish(asked)
        texts, language = Desk(work, self.studio).texts(), work.context.language

        def respond() -> Response:
            model, found = self._compiled(texts, file)

            if wish.record is None:
                trial = Trial(file, wish, work.context)
                return _standing(self.studio.practice.tried(self._drafted(model, texts), trial), lambda body: body)
            # A stored record is tried where it is, in a unit of work that is undone.
            found_here = site.workplace.write(
                work.context, lambda own: tried_body(Attempt(own, model, wish), found, language)
            )
            return json_response(found_here)

        return Afterwards(respond)

    def coverage(self, work: Work, call: Call, site: Site) -> Afterwards:
        """GET /designer/api/workflows/coverage?file=…: which parts of a workflow the app tests about its entity walk; asked again
        while `standing` is `running`."""
        file, texts = call.first.get("file", ""), Desk(work, self.studio).texts()

        def respond() -> Response:
            model, found = self._compiled(texts, file)
            standing = self.studio.practice.walked(self._drafted(model, texts), found.entity)
            return _standing(standing, lambda walked: _walked_body(walked, found.name))

        return Afterwards(respond)

    def _drafted(self, model: AppModel, texts: Texts) -> Drafted:
        """The draft as another process compiles it."""
        return Drafted(model.fingerprint, *self.studio.laid_out(texts))

    def _compiled(self, texts: Texts, file: str) -> tuple[AppModel, Flow | Workflow]:
        """The draft's model with the workflow of a file. Raises BadCommand where it does not compile."""
        name = file_name(file)
        if name is None or name.kind != "workflows":
            raise bad(f"{file[:80]} 不是流程文件", f"{file[:80]} is no file of a workflow")
        compilation = self.studio.compile(texts)
        if compilation.model is None:
            first = next(one for one in compilation.diagnostics if one.severity is Severity.ERROR)
            raise bad(
                f"草稿里还有错误，改好才能试跑：{first.message.zh}",
                f"The draft has errors and cannot be tried: {first.message.en}",
                first.hint,
                file=first.span.file,
                line=first.span.line,
            )
        model = compilation.model
        found = model.flows.get(name.name) or model.workflows.get(name.name)
        if found is None:
            raise bad(f"草稿里没有 {file}", f"There is no {file} in the draft", file=file)
        return model, found


def _standing(standing: Standing, body: Callable[[object], object]) -> Response:
    """An answer that is worked out elsewhere, or how far it is. Raises BadCommand where there will be none."""
    if standing.refusal is not None:
        raise BadCommand(standing.refusal)
    if standing.answer is None:
        return json_response({"standing": "running", "done": standing.done, "total": standing.total})
    return json_response(body(standing.answer))


def _walked_body(walked: object, workflow: str) -> Json:
    assert isinstance(walked, Walked)
    parts = [
        {"part": part, "how": how, "tests": list(tests)}
        for (flow, part, how), tests in sorted(walked.parts.items())
        if flow == workflow
    ]
    return {"parts": parts, "tests": list(walked.tests), "failed": list(walked.failed)}


def tried_body(attempt: Attempt, found: Flow | Workflow, language: str) -> Json:
    """What a workflow comes to, as JSON."""
    if isinstance(found, Flow):
        return _course_body(attempt.flow(found), found, attempt.model, language)
    return _crossing_body(attempt.life(found), language)


def _wish(asked: Asked) -> Wish:
    record, values, answers = asked.optional("record"), asked.values.get("values"), asked.values.get("answers")
    if values is not None and not isinstance(values, Mapping):
        raise bad("values 须是字段到值", "`values` must map fields to values")
    if answers is not None and not isinstance(answers, Mapping):
        raise bad("answers 须是步骤到处理", "`answers` must map steps to what is done")
    said = {str(step): (Answer(_act(act)),) for step, act in (answers or {}).items()}
    return Wish(
        record=decode_id(record) if record else None,
        values={str(name): value for name, value in (values or {}).items()},
        role=asked.optional("role") or "",
        state=asked.optional("state") or "",
        answers={step: one for step, one in said.items() if one[0].act != "approve"},
    )


def _act(written: object) -> str:
    if written not in ACTS:
        raise bad("处理须是 approve、reject 或 wait", "What is done is approve, reject or wait")
    return str(written)


def _course_body(course: Course, flow: Flow, model: AppModel, language: str) -> Json:
    found = course.simulation
    lines = course_lines(found, model, lambda user: course.names.get(user, "—"), language)
    ending, tone = ending_words(found, flow.name, model, language)
    return {
        "course": [
            {
                "at": one.at.isoformat(),
                "kind": str(one.kind),
                "own": one.flow == flow.name,
                "step": one.step,
                "what": line.what,
                "tone": line.tone,
                "title": line.step,
                "people": line.people,
                "more": line.more,
            }
            for one, line in zip(found.happenings, lines, strict=True)
        ],
        "outcome": found.outcome,
        "standing": list(found.standing),
        "problem": found.problem,
        "ending": {"words": ending, "tone": tone},
        "lit": _lit([one for one in found.happenings if one.flow == flow.name], found.standing),
        "guards": [_guard_body(one, language) for one in course.guards],
        "starter": course.starter,
        "practised": course.practised,
    }


def _lit(happenings: list[Happening], standing: tuple[str, ...]) -> Json:
    """Which steps were entered, skipped or refused, which branches were taken, and where it stands."""
    steps: dict[str, str] = {}
    branches: list[str] = []
    for one in happenings:
        match one.kind:
            case Happens.ENTERED:
                steps[one.step] = "past"
                branches += [f"{one.step}.{branch}" for branch in one.words]
            case Happens.SKIPPED:
                steps[one.step] = "no"
            case Happens.ANSWERED if "reject" in one.words:
                steps[one.step] = "refused"
            case Happens.FAILED:
                steps[one.step] = "refused"
            case _:
                pass
    steps.update(dict.fromkeys(standing, "here"))
    return {"steps": steps, "branches": branches}


def _crossing_body(crossing: Crossing, language: str) -> Json:
    steps = []
    for one in crossing.steps:
        match one.decision:
            case Allowed():
                steps.append({"transition": one.transition, "allowed": True, "code": None, "reason": None})
            case Refused(code, reason, _):
                told = reason.text(language)
                steps.append({"transition": one.transition, "allowed": False, "code": code, "reason": told})
    return {
        "state": crossing.state,
        "steps": steps,
        "guards": [_guard_body(one, language) for one in crossing.guards],
        "starter": crossing.starter,
        "practised": crossing.practised,
    }


def _guard_body(one: Guard, language: str) -> Json:
    tree = None if one.tree is None else tree_body(one.tree, language)
    return {"part": one.part, "formula": one.formula, "held": one.held, "tree": tree}
