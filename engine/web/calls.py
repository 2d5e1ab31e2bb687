"""Call: a request as the endpoints see it, read whole before the one thread hop."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request

from engine.diagnostics import DougongError, Message
from engine.model.errors import BadRequest

SESSION_COOKIE = "dougong_session"
LANGUAGE_COOKIE = "dougong_language"
THEME_COOKIE = "dougong_theme"
FIGURES_COOKIE = "dougong_figures"
SECOND_STEP_COOKIE = "dougong_second_step"
PROVIDER_COOKIE = "dougong_provider"
POST_COOKIE = "dougong_post"
LOCALES = {"zh": "zh-CN", "en": "en"}
JSON_DEPTH_LIMIT = 32


class BodyTooLarge(DougongError):
    """The body is over the installation's limit."""

    code = "body_too_large"
    status = 413


class UnsupportedType(DougongError):
    """The body's content type is not one that the route reads."""

    code = "unsupported_media_type"
    status = 415


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a form."""

    filename: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Call:
    """One request: `form` and `query` keep repeated names in order; `json` is the parsed body of an API call, `body` its bytes;
    `prepared` is what the route made of it before its write transaction opened."""

    method: str
    path: str
    parameters: Mapping[str, str]
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    cookies: Mapping[str, str]
    client: str
    request_id: str
    form: tuple[tuple[str, str], ...] = ()
    files: Mapping[str, Upload] = field(default_factory=lambda: MappingProxyType({}))
    json: object = None
    body: bytes = b""
    prepared: object = None

    @property
    def wants_json(self) -> bool:
        return self.path.startswith(("/api/", "/designer/api/"))

    @property
    def first(self) -> Mapping[str, str]:
        """The query's parameters, the first of each name."""
        return dict(reversed(self.query))

    def form_first(self) -> Mapping[str, str]:
        return dict(reversed(self.form))

    @property
    def token(self) -> str | None:
        """The API token of an Authorization header, if there is one."""
        scheme, _, value = self.headers.get("authorization", "").partition(" ")
        return value.strip() if scheme.lower() == "bearer" and value.strip() else None

    @property
    def chosen_language(self) -> str | None:
        """The language that the reader chose in this browser: zh-CN, en, or None."""
        return LOCALES.get(self.cookies.get(LANGUAGE_COOKIE, "")[:2])

    @property
    def language(self) -> str | None:
        """The language that the reader chose, or the browser asks for: zh-CN, en, or None."""
        return self.chosen_language or LOCALES.get(self.headers.get("accept-language", "")[:2].lower())


async def read_body(call: Call, request: Request, body_limit: int) -> Call:
    """The call with what its body says. Raises BodyTooLarge, UnsupportedType or BadRequest."""
    await _refuse_large(request, body_limit)
    kind = call.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind == "application/json":
        body = await _body(request, body_limit)
        return replace(call, json=_json(body), body=body)
    if kind in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        try:
            form, files = await _form(request, body_limit)
        except (MultiPartException, HTTPException, KeyError) as error:  # KeyError: a multipart body without a boundary
            raise BadRequest(Message("提交的表单不完整", "The form that was sent is not whole")) from error
        return replace(call, form=form, files=files)
    if await _body(request, body_limit):
        raise UnsupportedType(Message(f"不支持的内容类型 {kind[:60]}", f"Content type {kind[:60]} is not supported"))
    return call


async def _refuse_large(request: Request, limit: int) -> None:
    length = request.headers.get("content-length", "0")
    if not length.isdigit() or int(length) > limit:
        raise BodyTooLarge(Message("提交的内容过大", "The request body is too large"))


async def _body(request: Request, limit: int) -> bytes:
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            raise BodyTooLarge(Message("提交的内容过大", "The request body is too large"))
        parts.append(part)
    return b"".join(parts)


async def _form(request: Request, limit: int) -> tuple[tuple[tuple[str, str], ...], dict[str, Upload]]:
    texts: list[tuple[str, str]] = []
    files: dict[str, Upload] = {}
    async with request.form(max_files=20, max_fields=50_000, max_part_size=limit) as form:
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                if value.filename:
                    files[name] = Upload(value.filename, value.content_type or "", await value.read())
            else:
                texts.append((name, value))
    return tuple(texts), files


def _json(body: bytes) -> object:
    try:
        parsed: object = json.loads(
            body.decode("utf-8"), parse_float=str, parse_constant=_refuse_constant, object_pairs_hook=_object
        )
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise BadRequest(Message("请求体不是有效的 JSON(UTF-8)", "The body is not valid JSON in UTF-8")) from error
    if _depth(parsed, 0) > JSON_DEPTH_LIMIT:
        raise BadRequest(Message("JSON 嵌套过深", "The JSON is nested too deeply"))
    return parsed


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise BadRequest(Message("JSON 里有重复的键", "The JSON has a key twice"))
    return made


def _refuse_constant(name: str) -> object:
    raise ValueError(name)


def _depth(value: object, level: int) -> int:
    if level > JSON_DEPTH_LIMIT:
        return level
    if isinstance(value, dict):
        return max((_depth(part, level + 1) for part in value.values()), default=level)
    if isinstance(value, list):
        return max((_depth(part, level + 1) for part in value), default=level)
    return level


def whole_number(text: str) -> int | None:
    """A whole number as an address or a form carries it; None for what is none, or too long to be one of ours."""
    return int(text) if text.isdecimal() and len(text) <= 18 else None
