"""What a command is called in the journal and beside undo."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from designer.commands.sheets import Command
from designer.paths import shown
from engine.diagnostics import Message

LONGEST = 120


def label_of(command: Command) -> Message:
    """The words for a command: those that it brings, else what it does to what."""
    given = command.get("label")
    if isinstance(given, Mapping) and isinstance(given.get("zh"), str) and isinstance(given.get("en"), str):
        return Message(given["zh"][:LONGEST], given["en"][:LONGEST])
    kind = str(command.get("do"))
    named = _NAMES.get(kind, _file)(command)[:LONGEST]
    words = _WORDS.get(kind, Message("修改", "Change"))
    return Message(f"{words.zh} {named}".strip(), f"{words.en} {named}".strip())


_WORDS = {
    "set": Message("修改", "Change"),
    "unset": Message("去掉", "Take away"),
    "insert": Message("添加到", "Add to"),
    "insert_key": Message("添加", "Add"),
    "move": Message("移动", "Move"),
    "remove": Message("删除", "Remove"),
    "rename": Message("改名", "Rename"),
    "create": Message("新建", "Create"),
    "delete": Message("删除", "Delete"),
    "resolve": Message("选定", "Choose"),
    "text": Message("编辑文本", "Edit the text of"),
    "batch": Message("多处修改", "Several changes"),
    "grant": Message("权限", "Right of"),
    "field_right": Message("字段权限", "Right of"),
    "take_newer": Message("合并新版本", "Take in the new edition of"),
}


def _file(command: Command) -> str:
    return str(command.get("file", ""))


def _place(command: Command) -> str:
    path = command.get("path")
    steps = path if isinstance(path, list) else []
    key = command.get("key")
    return f"{_file(command)} {shown([*steps, key] if key else steps)}"


def _renamed(command: Command) -> str:
    return f"{command.get('target', '')} → {command.get('new', '')}"


def _right(command: Command) -> str:
    about = [str(command.get(name, "")) for name in ("entity", "field", "action") if command.get(name)]
    return f"{command.get('role', '')}: {'.'.join(about)}"


_NAMES: Mapping[str, Callable[[Command], str]] = {
    "set": _place,
    "unset": _place,
    "insert": _place,
    "insert_key": _place,
    "move": _place,
    "remove": _place,
    "resolve": _place,
    "rename": _renamed,
    "grant": _right,
    "field_right": _right,
    "batch": lambda command: "",
    "take_newer": lambda command: str(command.get("pack", "")),
}
