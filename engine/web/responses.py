"""Responses: one JSON shape for errors, one page for errors, and the security headers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal

from starlette.responses import RedirectResponse, Response

from engine.diagnostics import DougongError
from engine.model.errors import Conflict, TooManyRequests, ValidationFailed
from engine.runtime.identifiers import encode_id

SECURITY_HEADERS: Mapping[str, str] = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'; manifest-src 'self'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(self), microphone=(self), geolocation=(self), payment=()",
}

STRICT_TRANSPORT = ("strict-transport-security", "max-age=31536000")
"""Besides these, where people reach the installation by HTTPS."""


def json_default(value: object) -> object:
    """Values that JSON has no type for: decimals as text, days and instants in ISO form."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return int(value.total_seconds())
    if isinstance(value, frozenset | set | tuple):
        return list(value)
    raise TypeError(type(value).__name__)


_ENCODER = json.JSONEncoder(ensure_ascii=False, default=json_default, separators=(",", ":"))


def json_response(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(
        _ENCODER.encode(body).encode(), status_code=status, media_type="application/json", headers=dict(headers or {})
    )


def error_body(error: DougongError, language: str, request_id: str) -> dict[str, object]:
    """The one error shape: code, message in the reader's language, problems per field, the request's id."""
    body: dict[str, object] = {"code": error.code, "message": error.message.text(language), "request_id": request_id}
    if isinstance(error, ValidationFailed):
        body["problems"] = [
            {"field": one.field, "code": one.code, "message": one.message.text(language)} for one in error.problems
        ]
    if isinstance(error, Conflict):
        body["version"] = encode_version(error.details.get("version"))
        body["fields"] = {name: {"yours": mine, "theirs": theirs} for name, (mine, theirs) in _fields(error).items()}
    if "field" in error.details:
        body["field"] = error.details["field"]
    return {"error": body}


def _fields(error: Conflict) -> Mapping[str, tuple[object, object]]:
    found = error.details.get("fields", {})
    return found if isinstance(found, Mapping) else {}


def encode_version(version: object) -> str:
    return str(version)


def error_headers(error: DougongError) -> dict[str, str]:
    if isinstance(error, TooManyRequests):
        return {"retry-after": str(error.details["retry_after"])}
    if error.status == 405:
        return {"allow": str(error.details["methods"])}
    return {"www-authenticate": "Bearer"} if error.status == 401 else {}


def json_error(error: DougongError, language: str, request_id: str) -> Response:
    return json_response(error_body(error, language, request_id), error.status, error_headers(error))


def see_other(path: str) -> Response:
    """To another page after a form was taken; the path is always one of ours."""
    return RedirectResponse(path, status_code=303)


def record_url(entity: str, record: int) -> str:
    return f"/r/{entity}/{encode_id(record)}"
