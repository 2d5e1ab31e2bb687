"""The designer's addresses, each with its right."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from designer import shell_page
from designer.api import kinds, widgets
from designer.api.applications import ApplicationsApi
from designer.api.draft import DraftApi
from designer.api.editions import EditionsApi
from designer.api.events import EventsApi
from designer.api.formulas import FormulaApi
from designer.api.history import HISTORY_KEYS, HistoryApi
from designer.api.maps import MapsApi
from designer.api.model import ModelApi
from designer.api.names import KEYS, NamesApi
from designer.api.nodes import NodesApi
from designer.api.organisation import KEYS as ORGANISATION_KEYS
from designer.api.organisation import OrganisationApi
from designer.api.pipelines import PipelinesApi
from designer.api.rights import HOLDERS_KEYS, RightsApi
from designer.api.rights import KEYS as RIGHTS_KEYS
from designer.api.rules import OF_PACK, RulesApi
from designer.api.sheet import SheetApi
from designer.api.sources import SourcesApi
from designer.api.texts import AT, OF_FILE, TextApi
from designer.api.uses import OF_FIELD, UsesApi
from designer.api.workflows import KEYS as WORKFLOW_KEYS
from designer.api.workflows import OF_FILE as OF_WORKFLOW
from designer.api.workflows import WorkflowsApi
from designer.canvas.page import CanvasPage
from designer.feed import DesignFeed
from designer.studio import Studio
from designer.texts.reading_desk import ReadingDesk
from engine.web import imports, models_api
from engine.web.dispatch import Endpoint, Right, Route

GET, POST = ("GET",), ("POST",)
DESIGN = Right.DESIGN
API = "/designer/api"
CANVAS_KEYS = frozenset({"file", "role", "entity", "q"})
SHELL = ("", "/{editor}", "/{editor}/{pack}/{name}", "/{editor}/{pack}/{kind}/{name}")
"""Below what addresses the page itself is shown: its script reads which editor and which file."""


def designer_routes(studio: Studio, feed: DesignFeed) -> tuple[Route, ...]:
    """All routes of the designer over a studio."""
    draft, events = DraftApi(studio), EventsApi(feed)
    maps, model = MapsApi(studio), ModelApi(studio)
    history, applications, rules = HistoryApi(studio), ApplicationsApi(studio), RulesApi(studio)
    return (
        Route(f"{API}/state", GET, draft.state, DESIGN),
        Route(f"{API}/files/{{pack}}/{{name}}", GET, draft.file, DESIGN),
        Route(f"{API}/files/{{pack}}/{{kind}}/{{name}}", GET, draft.file, DESIGN),
        Route(f"{API}/commands", POST, draft.command, DESIGN, writes=True),
        Route(f"{API}/undo", POST, draft.undo, DESIGN, writes=True),
        Route(f"{API}/redo", POST, draft.redo, DESIGN, writes=True),
        Route(f"{API}/events", GET, events.follow, DESIGN),
        Route(f"{API}/problems", GET, history.problems, DESIGN),
        Route(f"{API}/history", GET, history.history, DESIGN, keys=HISTORY_KEYS),
        Route(f"{API}/applications", POST, applications.make, DESIGN, writes=True),
        Route(f"{API}/rules/read", POST, rules.read, DESIGN),
        Route(f"{API}/rules/forms", GET, rules.forms, DESIGN, keys=OF_PACK),
        Route(f"{API}/applications/look", POST, applications.look, DESIGN),
        *edition_routes(studio),
        *sheet_routes(studio),
        *source_routes(studio),
        Route(f"{API}/widgets", GET, widgets.widgets, DESIGN),
        Route(f"{API}/nodes", GET, NodesApi(studio).nodes, DESIGN),
        Route(f"{API}/kinds/{{kind}}", GET, kinds.schema, DESIGN),
        Route(f"{API}/model", GET, model.show, DESIGN),
        Route(f"{API}/model", POST, model.add, DESIGN, writes=True),
        Route(f"{API}/maps/{{map}}", GET, maps.ground, DESIGN),
        Route(f"{API}/maps/{{map}}/flow", GET, maps.flow, DESIGN),
        Route(f"{API}/uses", GET, UsesApi(studio).uses, DESIGN, keys=OF_FIELD),
        Route(f"{API}/names", GET, NamesApi(studio).name, DESIGN, keys=KEYS),
        *canvas_routes(studio),
        *organisation_routes(studio),
        *text_routes(studio),
        *workflow_routes(studio),
        *pipeline_routes(studio),
        *(Route(f"/designer{below}", GET, shell_page.show, DESIGN) for below in SHELL),
    )


def edition_routes(studio: Studio) -> tuple[Route, ...]:
    """Newer editions of shipped packs, and what of the draft waits for a choice."""
    editions = EditionsApi(studio)
    return (
        Route(f"{API}/editions", GET, editions.newer, DESIGN),
        Route(f"{API}/editions/{{pack}}", GET, editions.edition, DESIGN),
        Route(f"{API}/conflicts", GET, editions.conflicts, DESIGN),
    )


def canvas_routes(studio: Studio) -> tuple[Route, ...]:
    """The canvas, and the rows that it may be shown with."""
    canvas = CanvasPage(studio)
    return (
        Route("/designer/canvas", GET, canvas.show, DESIGN),
        Route(f"{API}/records", GET, canvas.records, DESIGN, keys=CANVAS_KEYS),
    )


def text_routes(studio: Studio) -> tuple[Route, ...]:
    """What the text view and the formula bar ask: by GET of the draft, by POST with the text that is typed."""
    desk = ReadingDesk(studio)
    text, formula = TextApi(studio, desk), FormulaApi(studio, desk)
    placed: Mapping[str, Endpoint] = {
        "completion": text.completion,
        "hover": text.hover,
        "definition": text.definition,
        "references": text.references,
    }
    whole: Mapping[str, Endpoint] = {"symbols": text.symbols, "diagnostics": text.diagnostics, "form": text.form}
    tried: Mapping[str, Endpoint] = {
        "check": formula.check,
        "completion": formula.completion,
        "evaluate": formula.evaluate,
        "explain": formula.explain,
    }
    return (
        *(Route(f"{API}/text/{name}", GET, one, DESIGN, keys=AT) for name, one in placed.items()),
        *(Route(f"{API}/text/{name}", GET, one, DESIGN, keys=OF_FILE) for name, one in whole.items()),
        *(Route(f"{API}/text/{name}", POST, one, DESIGN) for name, one in {**placed, **whole}.items()),
        Route(f"{API}/text/search", POST, text.search, DESIGN),
        *(Route(f"{API}/formula/{name}", POST, one, DESIGN) for name, one in tried.items()),
    )


def organisation_routes(studio: Studio) -> tuple[Route, ...]:
    """The organisation as it is drawn, what acts on it would change, and the matrices of rights."""
    organisation, rights = OrganisationApi(studio), RightsApi(studio)
    return (
        Route(f"{API}/organisation", GET, organisation.show, DESIGN, keys=ORGANISATION_KEYS),
        Route(f"{API}/organisation/consequences", POST, organisation.consequences, DESIGN, writes=True),
        Route(f"{API}/rights", GET, rights.show, DESIGN, keys=RIGHTS_KEYS),
        Route(f"{API}/rights/holders", GET, rights.holders, DESIGN, keys=HOLDERS_KEYS),
    )


def workflow_routes(studio: Studio) -> tuple[Route, ...]:
    """What the editor of workflows asks: what lies around, a trial that is undone, the paths of tests."""
    workflows = WorkflowsApi(studio)
    return (
        Route(f"{API}/workflows/about", GET, workflows.about, DESIGN, keys=WORKFLOW_KEYS),
        Route(f"{API}/workflows/try", POST, workflows.attempt, DESIGN),
        Route(f"{API}/workflows/coverage", GET, workflows.coverage, DESIGN, keys=OF_WORKFLOW),
    )


def pipeline_routes(studio: Studio) -> tuple[Route, ...]:
    """What the editor of pipelines asks: what comes out of a node, and the model that is learnt, read, put live, taken back."""
    pipelines, model = PipelinesApi(studio), f"{API}/models/{{model}}"
    return (
        Route(f"{API}/pipelines/preview", POST, pipelines.preview, DESIGN),
        Route(f"{API}/pipelines/words", POST, pipelines.in_words, DESIGN),
        Route(f"{API}/pipelines/suggestions", POST, pipelines.suggestions, DESIGN),
        Route(f"{API}/pipelines/questions", POST, pipelines.questions, DESIGN),
        Route(f"{API}/pipelines/train", POST, pipelines.train, DESIGN, audit="model_training"),
        Route(model, GET, pipelines.model, DESIGN),
        Route(f"{model}/versions/{{version}}", GET, pipelines.card, DESIGN),
        Route(f"{model}/runs/{{run}}/cancel", POST, pipelines.cancel, DESIGN, writes=True, audit="model_training_end"),
        Route(
            f"{model}/deploy",
            POST,
            pipelines.deploy,
            DESIGN,
            writes=True,
            audit="model_deploy",
            prepare=models_api.proven,
        ),
        Route(f"{model}/rollback", POST, pipelines.roll_back, DESIGN, writes=True, audit="model_rollback"),
    )


def sheet_routes(studio: Studio) -> tuple[Route, ...]:
    """From a sheet to an application: what it holds, the definitions, its rows."""
    sheet = SheetApi(studio)
    read = partial(Route, methods=POST, right=DESIGN, prepare=imports.spooled, body=imports.MOST_BYTES)
    return (
        read(f"{API}/sheets", endpoint=sheet.look),
        read(f"{API}/sheets/make", endpoint=sheet.make, writes=True),
        Route(f"{API}/sheets/{{run}}", POST, sheet.bring_in, DESIGN, writes=True, audit="design"),
    )


def source_routes(studio: Studio) -> tuple[Route, ...]:
    """Sources by choosing: what connectors offer, and what is written of it."""
    sources = SourcesApi(studio)
    below = f"{API}/sources"
    asks = partial(Route, methods=POST, right=DESIGN, body=imports.MOST_BYTES)
    return (
        Route(f"{API}/connectors", GET, sources.connectors, DESIGN),
        asks(f"{below}/look", endpoint=sources.look, audit="sources"),
        asks(f"{below}/test", endpoint=sources.test, audit="sources"),
        asks(f"{below}/preview", endpoint=sources.preview, audit="sources"),
        Route(f"{below}/match", POST, sources.match, DESIGN),
        Route(f"{below}/make", POST, sources.make, DESIGN, writes=True),
        Route(f"{below}/destination", POST, sources.declare, DESIGN, writes=True),
        Route(f"{below}/secret", POST, sources.keep, DESIGN, writes=True, audit="sources"),
        Route(f"{below}/{{source}}", GET, sources.standing, DESIGN),
    )
