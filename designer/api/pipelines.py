"""Pipelines of the draft over HTTP: what comes out of a node, in words, and a model learnt from it before anything is
published."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from designer.api.answers import data_of, words
from designer.api.asked import Asked
from designer.commands.sheets import Texts
from designer.draft.desk import Desk
from designer.pipelines.drafted import DraftedPipeline
from designer.pipelines.measured import Measured
from designer.pipelines.previews import preview
from designer.pipelines.questions import QUESTIONS, Question, pipeline_text, proposals
from designer.pipelines.suggestions import Tailor, acceptance, suggested_joins
from designer.pipelines.webs import Web
from designer.refusals import bad
from designer.studio import Studio
from engine.model.errors import NotFound
from engine.runtime.identifiers import decode_id
from engine.runtime.modeling.feature_reading import learning_table
from engine.runtime.modeling.model_bodies import model_body, run_body
from engine.runtime.modeling.model_rights import may_read
from engine.runtime.modeling.model_tables import ModelVersion, acts_of, run_of, runs_of, versions_of
from engine.runtime.modeling.pipeline_trainings import wish_from
from engine.runtime.modeling.plan_words import pipeline_words
from engine.runtime.modeling.trainings import check_memory, order_training
from engine.runtime.work import Work
from engine.web import models_api
from engine.web.calls import Call
from engine.web.dispatch import Afterwards
from engine.web.responses import json_response
from engine.web.scenes import scene_for
from engine.web.site import Site


@dataclass(frozen=True, slots=True)
class PipelinesApi:
    """The endpoints of drafted pipelines."""

    studio: Studio

    def preview(self, work: Work, call: Call, site: Site) -> Afterwards:
        """POST /designer/api/pipelines/preview: `file` and `node`; up to twenty lines that come out of it as the caller may
        read them, how many there are, how many cells are empty."""
        asked = Asked.of(call)
        file, node = asked.text("file"), asked.text("node")
        texts = Desk(work, self.studio).texts()

        def respond() -> Response:
            drafted = DraftedPipeline.of(self.studio, texts, file)
            found = site.workplace.read(work.context, lambda own: preview(own, scene_for(own, call), drafted, node))
            return json_response(found)

        return Afterwards(respond)

    def in_words(self, work: Work, call: Call, site: Site) -> Afterwards:
        """POST /designer/api/pipelines/words: `file`; what it does in sentences. It is read off the text: no row is."""
        file, texts = Asked.of(call).text("file"), Desk(work, self.studio).texts()

        def respond() -> Response:
            drafted = DraftedPipeline.of(self.studio, texts, file)
            told = [
                {"name": one.name, "label": words(one.label), "says": words(one.says), "lineage": list(one.lineage)}
                for one in pipeline_words(drafted.model, drafted.pipeline)
            ]
            return json_response({"words": told})

        return Afterwards(respond)

    def suggestions(self, work: Work, call: Call, site: Site) -> Afterwards:
        """POST /designer/api/pipelines/suggestions: `file`; joins with how many rows match, features with the share of empty
        cells and what they tell, what is not offered and why; each with the command that takes it."""
        file, texts = Asked.of(call).text("file"), Desk(work, self.studio).texts()
        web = Web.of(file, data_of(file, self._text(texts, file)))

        def respond() -> Response:
            return json_response(site.workplace.read(work.context, lambda own: self._suggested(own, call, texts, web)))

        return Afterwards(respond)

    def _suggested(self, work: Work, call: Call, texts: Texts, web: Web) -> dict[str, object]:
        measured = Measured(work, scene_for(work, call))
        tailor = Tailor(self.studio, texts, measured, web)
        fitted = tailor.fitted()
        return {
            "joins": suggested_joins(measured, web),
            "features": [
                {
                    "name": one.text["name"],
                    "label": dict(one.label),
                    "says": words(one.says),
                    "missing": one.missing,
                    "strength": one.strength,
                    "command": acceptance(web, [one.text], measured),
                }
                for one in fitted
            ],
            "all": acceptance(web, [one.text for one in fitted], measured) if fitted else None,
            "refused": [{"name": one.name, "of": one.of, "why": words(one.why)} for one in tailor.turned],
        }

    def questions(self, work: Work, call: Call, site: Site) -> Response:
        """POST /designer/api/pipelines/questions: what may be asked of the rows there are; each proposal with its text."""
        measured = Measured(work, scene_for(work, call))
        return json_response([_question(measured, one) for one in QUESTIONS])

    def _text(self, texts: Texts, file: str) -> str:
        """The text of a file of the draft. Raises BadCommand where there is none."""
        text = texts[file] if file in texts else self.studio.live.text(file)
        if text is None:
            raise bad(f"草稿里没有 {file[:80]}", f"There is no {file[:80]} in the draft")
        return text

    def train(self, work: Work, call: Call, site: Site) -> Afterwards:
        """POST /designer/api/pipelines/train: `file`; a run that learns from the rows as the caller may read them now."""
        file, texts = Asked.of(call).text("file"), Desk(work, self.studio).texts()

        def respond() -> Response:
            drafted = DraftedPipeline.of(self.studio, texts, file)
            wish = wish_from(drafted.pipeline)
            plan = drafted.plan(work.model)
            assert plan is not None
            table = site.workplace.read(work.context, lambda own: learning_table(own, plan)).table
            check_memory(table, site.settings.train_memory)

            def order(own: Work) -> dict[str, object]:
                run = order_training(own, wish, table)
                return run_body(run_of(own.session, run), own.context.language)

            return json_response(site.workplace.write(work.context, order), 202)

        return Afterwards(respond)

    def model(self, work: Work, call: Call, site: Site) -> Response:
        """GET /designer/api/models/{model}: of its versions, history and runs those that are open to the caller; of one that is
        not trained yet, none."""
        name, session = models_api.model_name(call), work.session
        versions, runs = versions_of(session, name), runs_of(session, name)
        open_versions = [one for one in versions if may_read(work, one)]
        open_runs = [one for one in runs if may_read(work, one)]
        if (versions or runs) and not open_versions and not open_runs:
            raise NotFound
        numbers = {one.number for one in open_versions}
        acts = [one for one in acts_of(session, name) if one.version in numbers]
        return json_response({"data": model_body(name, open_versions, acts, open_runs, work.context.language)})

    def card(self, work: Work, call: Call, site: Site) -> Response:
        """GET /designer/api/models/{model}/versions/{version}: the card as data and in words."""
        if call.parameters["version"] not in {str(one.number) for one in _open_versions(work, call)}:
            raise NotFound
        return models_api.read_card(work, call, site)

    def cancel(self, work: Work, call: Call, site: Site) -> Response:
        """POST /designer/api/models/{model}/runs/{run}/cancel"""
        if not may_read(work, run_of(work.session, decode_id(call.parameters["run"]))):
            raise NotFound
        return models_api.cancel_run(work, call, site)

    def deploy(self, work: Work, call: Call, site: Site) -> Response:
        """POST /designer/api/models/{model}/deploy: behind its gates, by an administrator or the role that approves it."""
        _open_versions(work, call)
        return models_api.deploy_version(work, call, site)

    def roll_back(self, work: Work, call: Call, site: Site) -> Response:
        """POST /designer/api/models/{model}/rollback: the version that answered before answers again."""
        _open_versions(work, call)
        return models_api.roll_model_back(work, call, site)


def _question(measured: Measured, question: Question) -> dict[str, object]:
    found = []
    for one in proposals(measured, question):
        label = {name: f"{question.title.text(name)}: {one.entity.label.text(name)}" for name in ("zh", "en")}
        found.append(
            {
                "entity": one.entity.name,
                "label": label,
                "rows": len(measured.cells(one.entity)["id"]),
                "says": words(one.says),
                "text": pipeline_text(measured, question, one, label),
            }
        )
    told = {"title": words(question.title), "about": words(question.about), "icon": question.icon}
    return {"question": question.name, **told, "proposals": found}


def _open_versions(work: Work, call: Call) -> list[ModelVersion]:
    """The versions of a model that are open to the caller. Raises NotFound where none is."""
    found = [one for one in versions_of(work.session, models_api.model_name(call)) if may_read(work, one)]
    if not found:
        raise NotFound
    return found
