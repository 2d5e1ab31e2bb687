"""Responses: one JSON shape for errors, one page for errors, and the security headers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal

from starlette.responses import RedirectResponse, Response

from engine.diagnostics import DougongError, Message
from engine.model.errors import Conflict, DeletedMeanwhile, TooManyRequests, ValidationFailed
from engine.model.requests import Clash, TheirChange
from engine.runtime.identifiers import encode_id
from engine.runtime.storage.json import json_of

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


RETRY_AFTER = "2"
"""Seconds after which a busy or restarting database is worth another try."""


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


PLACED = ("field", "file", "path", "line", "column")
"""Details of an error that say where it is."""


def error_body(error: DougongError, language: str, request_id: str) -> dict[str, object]:
    """The one error shape: code, message in the reader's language, problems per field, the request's id."""
    body: dict[str, object] = {"code": error.code, "message": error.message.text(language), "request_id": request_id}
    if isinstance(error, ValidationFailed):
        body["problems"] = [
            {"field": one.field, "code": one.code, "message": one.message.text(language)} for one in error.problems
        ]
    if isinstance(error, Conflict):
        body["version"] = str(error.version)
        body["fields"] = {one.change.path: clash_body(one) for one in error.clashes}
    if isinstance(error, DeletedMeanwhile):
        body |= {"by": error.actor, "at": error.at.isoformat() if error.at else None}
    body |= {name: error.details[name] for name in PLACED if name in error.details}
    if isinstance(hint := error.details.get("hint"), Message):
        body["hint"] = hint.text(language)
    conflict = error.details.get("conflict")
    return {"error": body, "conflict": conflict} if conflict is not None else {"error": body}


def clash_body(one: Clash) -> dict[str, object]:
    """A conflict as JSON: both values, and what the field held when the writer read it."""
    return {
        "yours": json_of(one.yours, one.change.declared),
        **their_change_body(one.change),
        "written": one.written,
        **({"deleted_by": one.gone} if one.gone else {}),
    }


def their_change_body(one: TheirChange) -> dict[str, object]:
    """What somebody else changed as JSON."""
    return {
        "theirs": json_of(one.theirs, one.declared),
        "base": json_of(one.base, one.declared),
        "by": one.actor,
        "at": one.at.isoformat() if one.at else None,
    }


def error_headers(error: DougongError) -> dict[str, str]:
    if isinstance(error, TooManyRequests):
        return {"retry-after": str(error.details["retry_after"])}
    if error.status == 503:
        return {"retry-after": RETRY_AFTER}
    if error.status == 405:
        return {"allow": str(error.details["methods"])}
    return {"www-authenticate": "Bearer"} if error.status == 401 else {}


def json_error(error: DougongError, language: str, request_id: str) -> Response:
    return json_response(error_body(error, language, request_id), error.status, error_headers(error))


def see_other(path: str) -> Response:
    """To another page after a form was taken; the path is always one of ours."""
    return RedirectResponse(path, status_code=303)


def own_path(wished: str, otherwise: str) -> str:
    """A path that a form wishes to come back to, where it is one of ours."""
    return wished if wished.startswith("/") and not wished.startswith(("//", "/\\")) else otherwise


def record_url(entity: str, record: int) -> str:
    return f"/r/{entity}/{encode_id(record)}"
