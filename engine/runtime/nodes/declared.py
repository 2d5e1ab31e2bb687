"""What a declaration of a node must be, so that the compiler, the designer and the runtime can use it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import get_args

import jsonschema

from engine.diagnostics import Message
from engine.extensions import NODE_GROUPS, PORT_TYPES, Effect, NodeSpec, Port
from engine.model.names import Label, is_name


def refusal(spec: NodeSpec) -> Message | None:
    """Why a declaration cannot be used; None when it can."""
    return next(_refusals(spec), None)


def _refusals(spec: NodeSpec) -> Iterator[Message]:
    if not is_name(spec.name):
        yield Message("名称只用小写字母、数字和下划线", "its name takes lower-case letters, digits and _ alone")
    if spec.group not in NODE_GROUPS:
        yield _not_one_of("group", spec.group, NODE_GROUPS)
    if spec.effect not in get_args(Effect):
        yield _not_one_of("effect", spec.effect, get_args(Effect))
    yield from _unlabelled(spec.label)
    for ports in (spec.inputs, spec.outputs):
        yield from _ports(ports)
    yield from _schema(spec.settings_schema)


def _unlabelled(label: Label) -> Iterator[Message]:
    lacking = [language for language in ("zh", "en") if not label.texts.get(language)]
    if lacking:
        yield Message(f"label 缺少语言 {lacking[0]}", f"its label lacks the language {lacking[0]}")


def _ports(ports: tuple[Port, ...]) -> Iterator[Message]:
    names = [port.name for port in ports]
    for port in ports:
        if port.type not in PORT_TYPES:
            yield _not_one_of(f"ports.{port.name}", port.type, PORT_TYPES)
        if not is_name(port.name):
            yield Message(f"端口名「{port.name}」不是名称", f'the port "{port.name}" is no name')
        if names.count(port.name) > 1:
            yield Message(f"两个端口都叫「{port.name}」", f'two ports are named "{port.name}"')


def _schema(schema: Mapping[str, object]) -> Iterator[Message]:
    try:
        jsonschema.Draft202012Validator.check_schema(dict(schema))
    except jsonschema.SchemaError as error:
        yield Message(f"settings_schema 不是 JSON Schema：{error.message}", f"settings_schema: {error.message}")
        return
    if schema.get("type") != "object":
        yield Message("settings_schema 须是 type: object", "settings_schema has to be of type: object")
    if _refers(schema):
        yield Message("settings_schema 不能用 $ref，请直接写出", "settings_schema takes no $ref: write the part out")


def _refers(part: object) -> bool:
    if isinstance(part, Mapping):
        return "$ref" in part or any(_refers(one) for one in part.values())
    return isinstance(part, list | tuple) and any(_refers(one) for one in part)


def _not_one_of(place: str, found: object, allowed: tuple[str, ...]) -> Message:
    words = ", ".join(allowed)
    return Message(f"{place} 的「{found}」不认识；可用：{words}", f'{place} "{found}" is not known; one of: {words}')
