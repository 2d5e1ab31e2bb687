"""Models over the interface: trained from rows, read, put live behind their gates, taken back, asked for answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.responses import Response

from engine.diagnostics import Message
from engine.model.errors import BadRequest, NotFound
from engine.model.feature_tables import FeatureTable
from engine.model.trained import Calibration, Heuristic, Learner, TrainingSettings
from engine.runtime.identifiers import decode_id, encode_id
from engine.runtime.modeling.feature_rights import check_readable
from engine.runtime.modeling.graph_reading import GraphWords, read_graph
from engine.runtime.modeling.graphs import MEGABYTES, SECONDS, check_file
from engine.runtime.modeling.model_bodies import (
    answer_body,
    card_body,
    model_body,
    reasons_body,
    run_body,
    version_body,
)
from engine.runtime.modeling.model_registry import deploy, prove, roll_back, score
from engine.runtime.modeling.model_tables import (
    EFFECT_KEY,
    ModelVersion,
    acts_of,
    run_of,
    runs_of,
    version_of,
    versions_of,
)
from engine.runtime.modeling.pipeline_trainings import plan_of, wish_from
from engine.runtime.modeling.reasons import explain
from engine.runtime.modeling.row_tables import ColumnRoles, table_of_rows
from engine.runtime.modeling.trainings import TrainingWish, cancel, check_memory, order_training
from engine.runtime.query.names import Reader
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.responses import json_response
from engine.web.site import Site

MOST_LINES = 10_000
MOST_BYTES = 60_000_000
MOST_EXPLAINED = 20
ROLES = ("at", "target", "key", "unit", "leave_out", "categories", "groups", "monotone", "holdout", "gap")
SETTINGS = ("task", "learner", "calibrate", "interval", "trees", "reweigh", "group_by", "heuristic")
WISHED = frozenset({"rows", "entity", "approve_by", *ROLES, *SETTINGS})


def list_models(work: Work, call: Call, site: Site) -> Response:
    """GET /api/models: all versions by name, the newest first."""
    language = work.context.language
    return json_response({"data": [version_body(one, language) for one in versions_of(work.session)]})


def read_model(work: Work, call: Call, site: Site) -> Response:
    """GET /api/models/{model}: its versions, its history, its runs."""
    name, language = model_name(call), work.context.language
    versions, runs = versions_of(work.session, name), runs_of(work.session, name)
    if not versions and not runs:
        raise NotFound
    acts = acts_of(work.session, name)
    return json_response({"data": model_body(name, versions, acts, runs, language)})


def read_card(work: Work, call: Call, site: Site) -> Response:
    """GET /api/models/{model}/versions/{version}: the card as data and in words."""
    return json_response({"data": card_body(_version(work, call), work.context.language)})


def begin_run(work: Work, call: Call, site: Site) -> Response:
    """POST /api/models/{model}/runs: train from rows; the run waits for its turn."""
    body = _body(call, WISHED)
    settings, roles = _settings(body), _roles(body)
    if not roles.at or not roles.target:
        raise BadRequest(Message("训练需要 at 与 target", "Training takes at and target"))
    table = _table(body, roles, None)
    check_memory(table, site.settings.train_memory)
    entity, approver = str(body.get("entity", "")), str(body.get("approve_by", ""))
    wish = TrainingWish(model_name(call), settings, entity=entity, approve_by=approver)
    run = order_training(work, wish, table)
    return json_response({"data": run_body(run_of(work.session, run), work.context.language)}, 202)


def begin_pipeline_run(work: Work, call: Call, site: Site) -> Response:
    """POST /api/pipelines/{pipeline}/runs: train as the pipeline says, from its rows as the caller may read them; the run waits
    for its turn."""
    _body(call, frozenset())
    found = work.model.pipelines.get(call.parameters["pipeline"])
    if found is None:
        raise NotFound
    wish = wish_from(found)
    plan = plan_of(work.model, found.name)
    check_readable(Reader(work.model, work.context), plan)
    run = order_training(work, wish, None)
    return json_response({"data": run_body(run_of(work.session, run), work.context.language)}, 202)


def read_run(work: Work, call: Call, site: Site) -> Response:
    """GET /api/models/{model}/runs/{run}: where it is, or how it ended."""
    return json_response({"data": run_body(run_of(work.session, _run(work, call)), work.context.language)})


def cancel_run(work: Work, call: Call, site: Site) -> Response:
    """POST /api/models/{model}/runs/{run}/cancel"""
    run = _run(work, call)
    stopped = cancel(work, run)
    return json_response({"data": {"run": encode_id(run), "cancelled": stopped}})


def proven(work: Work, call: Call, site: Site) -> object:
    """The parity gate of a deploy, in a child, before the transaction opens: the version."""
    body = _body(call, frozenset({"version", "reason", "despite"}))
    number = body.get("version")
    if not isinstance(number, int) or isinstance(number, bool):
        raise BadRequest(Message("version 应为版本号", "version is the number of a version"))
    version = version_of(work.session, model_name(call), number)
    site.workers.call(prove, work.data_folder, version, seconds=SECONDS, megabytes=MEGABYTES)
    return version


def deploy_version(work: Work, call: Call, site: Site) -> Response:
    """POST /api/models/{model}/deploy: {"version": 2, "reason": "…", "despite": false}"""
    version, body = call.prepared, _body(call, frozenset({"version", "reason", "despite"}))
    assert isinstance(version, ModelVersion)
    deploy(work, version, str(body.get("reason", "")), body.get("despite") is True)
    now = version_of(work.session, version.model, version.number)
    return json_response({"data": version_body(now, work.context.language)})


def roll_model_back(work: Work, call: Call, site: Site) -> Response:
    """POST /api/models/{model}/rollback: {"reason": "…"}"""
    body = _body(call, frozenset({"reason"}))
    found = roll_back(work, model_name(call), str(body.get("reason", "")))
    now = version_of(work.session, found.model, found.number)
    return json_response({"data": version_body(now, work.context.language)})


def score_rows(work: Work, call: Call, site: Site) -> Response:
    """POST /api/models/{model}/score: {"rows": [{…}, …], "key": "id", "explain": true}; answers, intervals, silences."""
    body = _body(call, frozenset({"rows", "key", "explain"}))
    table = _table(body, ColumnRoles(key=str(body.get("key", ""))), MOST_LINES)
    version, answers = score(work, site.models, model_name(call), table)
    language = work.context.language
    data = [answer_body(key, one, language) for key, one in zip(table.keys, answers, strict=True)]
    if body.get("explain") is True:
        scorer = site.models.scorer(work.data_folder, version)
        for line, answer, one in zip(scorer.lines(table)[:MOST_EXPLAINED], answers, data, strict=False):
            if answer.value is not None:
                one["explanation"] = reasons_body(explain(scorer, line), table, language)
    return json_response({"data": data, "model": version.model, "version": version.number})


def check_model_file(work: Work, call: Call, site: Site) -> Response:
    """POST /api/model-files/check: a form with an ONNX file in `file`; whether it is one that would be run."""
    words = call.prepared
    assert isinstance(words, GraphWords)
    data = {"nodes": words.nodes, "bytes": words.size, "operators": sorted(words.operators)}
    return json_response({"data": data})


def examined(work: Work, call: Call, site: Site) -> object:
    """What a file says of itself, then loaded in a child with limits. Raises GraphRefused, WorkerFailed."""
    upload = call.files.get("file")
    if upload is None:
        raise BadRequest(Message("请在表单字段 file 里附上文件", "Send the file in the form field file"))
    read_graph(upload.content)
    return site.workers.call(check_file, upload.content, seconds=SECONDS, megabytes=MEGABYTES)


def model_name(call: Call) -> str:
    """The model of a call; effects, which stand beside models, are none. Raises NotFound."""
    name = call.parameters["model"]
    if name.startswith(EFFECT_KEY):
        raise NotFound
    return name


def _version(work: Work, call: Call) -> ModelVersion:
    number = call.parameters["version"]
    if not number.isdecimal() or len(number) > 9:
        raise NotFound
    return version_of(work.session, model_name(call), int(number))


def _run(work: Work, call: Call) -> int:
    run = run_of(work.session, decode_id(call.parameters["run"]))
    if run.model != model_name(call):
        raise NotFound
    return run.id


def _body(call: Call, taken: frozenset[str]) -> Mapping[str, Any]:
    """The body of a call. Raises BadRequest for other keys."""
    body = call.json
    if body is None:
        body = {}
    if not isinstance(body, dict):
        raise BadRequest(Message("请求体应为 JSON 对象", "The body is a JSON object"))
    unknown = ", ".join(sorted(str(name) for name in body if name not in taken)[:5])
    if unknown:
        raise BadRequest(Message(f"不认识的键:{unknown}", f"Unknown keys: {unknown}"))
    return body


def _table(body: Mapping[str, Any], roles: ColumnRoles, most: int | None) -> FeatureTable:
    """The rows of a body, objects of one kind. Raises BadRequest, BadRows."""
    rows = body.get("rows")
    if not isinstance(rows, list) or not rows or not all(isinstance(one, dict) for one in rows):
        raise BadRequest(Message("rows 应为非空的对象列表", "rows is a list of objects, and not empty"))
    if most is not None and len(rows) > most:
        raise BadRequest(Message(f"一次最多 {most} 行", f"At most {most} rows at once"))
    header = list(dict.fromkeys(name for one in rows for name in one))
    if any(isinstance(cell, dict | list) for one in rows for cell in one.values()):
        raise BadRequest(Message("单元格应为文字、数或空", "A cell is a text, a number or empty"))
    return table_of_rows(header, [[one.get(name) for name in header] for one in rows], roles)


def _roles(body: Mapping[str, Any]) -> ColumnRoles:
    holdout, gap = body.get("holdout", 0.25), body.get("gap", 0)
    if not _is_number(holdout) or not isinstance(gap, int) or isinstance(gap, bool) or not 0 <= gap <= 3_650:
        raise BadRequest(
            Message(
                "holdout 应为数,gap 应为 0 到 3650 的整数", "holdout is a number, gap a whole number from 0 to 3650"
            )
        )
    groups, monotone = body.get("groups") or {}, body.get("monotone") or {}
    if not isinstance(groups, dict) or not isinstance(monotone, dict) or not set(monotone.values()) <= {1, -1}:
        raise BadRequest(
            Message(
                "groups 应为 列:组,monotone 应为 列:±1", "groups maps columns to groups, monotone columns to 1 or -1"
            )
        )
    at, target, key, unit = (str(body.get(name, "")) for name in ROLES[:4])
    return ColumnRoles(
        at,
        target,
        key,
        unit,
        _texts(body, "leave_out"),
        _texts(body, "categories"),
        tuple((str(name), str(group)) for name, group in groups.items()),
        tuple((str(name), int(sign)) for name, sign in monotone.items()),
        float(holdout),
        gap,
    )


def _texts(body: Mapping[str, Any], name: str) -> tuple[str, ...]:
    found = body.get(name) or []
    if not isinstance(found, Sequence) or isinstance(found, str) or not all(isinstance(one, str) for one in found):
        raise BadRequest(Message(f"{name} 应为列名的列表", f"{name} is a list of columns"))
    return tuple(found)


def _settings(body: Mapping[str, Any]) -> TrainingSettings:
    """How to train. Raises BadRequest."""
    given = {name: body[name] for name in SETTINGS if name in body}
    rule = given.pop("heuristic", None)
    try:
        if given.get("task", "event") not in {"event", "number"} or not _is_number(given.get("interval", 0.9)):
            raise ValueError
        if not isinstance(given.get("trees", 1), int) or not isinstance(given.get("reweigh", False), bool):
            raise ValueError
        heuristic = None if rule is None else Heuristic(str(rule["column"]), float(rule["above"]))
        learner, calibrate = Learner(given.pop("learner", "auto")), Calibration(given.pop("calibrate", "auto"))
        return TrainingSettings(**given, learner=learner, calibrate=calibrate, heuristic=heuristic)
    except (ValueError, TypeError, KeyError):
        raise BadRequest(
            Message(
                "设置有误:task 为 event 或 number,learner 为 auto、trees 或 logistic,calibrate 为 auto、platt、isotonic 或 none",
                "A setting is wrong: task is event or number, learner auto, trees or logistic, calibrate auto, platt, isotonic or none",
            )
        ) from None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
