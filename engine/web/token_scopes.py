"""Scopes of API tokens: what a token is narrowed to, chosen on a form, told in words."""

from __future__ import annotations

from collections.abc import Mapping

from engine.diagnostics import Message
from engine.model.access import Action
from engine.model.errors import BadRequest
from engine.runtime.work import Work

READING = ("*:read",)
SCOPES: Mapping[str, tuple[str, ...]] = {"all": (), "read": READING}
MOST_SCOPES = 50


def scope_words(scopes: tuple[str, ...], language: str) -> str:
    """What a token may do, as it is read."""
    words = {(): Message("所有者的全部权限", "All rights of the owner"), READING: Message("只读", "Read only")}
    return words[scopes].text(language) if scopes in words else " ".join(scopes)


def chosen_scopes(work: Work, form: Mapping[str, str]) -> tuple[str, ...]:
    """The chosen scopes; written ones are `entity:action`, either of them also `*`. Raises BadRequest."""
    chosen = SCOPES.get(form.get("scope", "all"))
    if chosen is not None:
        return chosen
    if form.get("scope") != "some":
        raise BadRequest(Message("没有这个权限范围", "There is no such scope"))
    written = tuple(dict.fromkeys(form.get("scopes", "").replace(",", " ").split()))
    if not 0 < len(written) <= MOST_SCOPES:
        raise BadRequest(Message("请写明范围，例如 customer:read", "Write the scopes, such as customer:read"))
    wrong = next((one for one in written if not _exists(work, one)), None)
    if wrong is not None:
        raise BadRequest(Message(f"没有这个权限范围：{wrong[:60]}", f"There is no such scope: {wrong[:60]}"))
    return written


def _exists(work: Work, scope: str) -> bool:
    entity, _, action = scope.partition(":")
    return action in {"*", *map(str, Action)} and (entity == "*" or entity in work.model.entities)
