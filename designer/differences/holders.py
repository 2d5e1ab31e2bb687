"""Holders: roles that a page, a metric, a transition or a trigger is for. More of them is wider, fewer is narrower."""

from __future__ import annotations

from collections.abc import Iterator

from designer.differences.rights_words import role_words
from designer.differences.said import Effect, Line, joined
from engine.diagnostics import Message
from engine.model.app import AppModel

OPENS = Message("打开", "open it")
READS = Message("查看", "read it")
TAKES = Message("执行", "take it")


def holder_lines(
    old: object, new: object, models: tuple[AppModel, AppModel], does: Message, about: Message
) -> Iterator[Line]:
    """Who comes to the roles of a part and who goes. A part without roles is for nobody."""
    before, after = _roles(old), _roles(new)
    for effect, roles, model in (
        (Effect.WIDENED, after - before, models[1]),
        (Effect.NARROWED, before - after, models[0]),
    ):
        if roles:
            who = joined([role_words(model, one) for one in sorted(roles)])
            zh, en = ("现在可以", "may now") if effect is Effect.WIDENED else ("不再能", "may no longer")
            start_zh, start_en = (f"{about.zh}：", f"{about.en}: ") if about.zh else ("", "")
            words = Message(f"{start_zh}{who.zh}{zh}{does.zh}", f"{start_en}{who.en} {en} {does.en}")
            yield Line(effect, words, "right")


def _roles(value: object) -> frozenset[str]:
    found = getattr(value, "roles", None)
    return found if isinstance(found, frozenset) else frozenset()
