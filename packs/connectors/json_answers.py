"""Answers as JSON, taken apart with an eye on what the other side's documents promise; questions as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping

from engine.extensions import EgressResponse, PatientCalls, SourceFault


def asked_with_json(
    calls: PatientCalls, path: str, body: object, headers: Mapping[str, str] | None = None
) -> EgressResponse:
    """One POST of JSON that reads."""
    sent = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    return calls.send("POST", path, {"Content-Type": "application/json; charset=utf-8", **(headers or {})}, sent)


def json_of(response: EgressResponse) -> object:
    """The body of an answer; decimals stay texts, so that no digit is lost. Raises SourceFault."""
    try:
        parsed: object = json.loads(response.body.decode("utf-8-sig"), parse_float=str, parse_constant=_refused)
    except (ValueError, RecursionError):
        raise SourceFault("bad_json", "回应不是有效的 JSON", "The answer is not valid JSON") from None
    return parsed


def map_of(value: object) -> Mapping[str, object]:
    """A value that must be a map. Raises SourceFault."""
    if not isinstance(value, dict):
        raise SourceFault("bad_answer", "回应的结构与文档不符", "The answer is not built as documented")
    return value


def list_of(value: object) -> list[object]:
    """A value that must be a list; none for null. Raises SourceFault."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise SourceFault("bad_answer", "回应的结构与文档不符", "The answer is not built as documented")
    return value


def _refused(name: str) -> object:
    raise ValueError(name)
