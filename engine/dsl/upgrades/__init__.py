"""Upgrades of the definition language: numbered steps that turn the text of an older version into the next one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.diagnostics import Message

LANGUAGE_VERSION = 1


@dataclass(frozen=True, slots=True)
class Upgrade:
    """Step `number` brings definitions from version `number` to `number + 1`.

    `rewrite` takes a kind and the text of a resource and gives the new text, comments kept; it never loses data.
    """

    number: int
    message: Message
    rewrite: Callable[[str, str], str]


UPGRADES: tuple[Upgrade, ...] = ()
"""All steps, in order and without gaps; a test compares them with LANGUAGE_VERSION."""


def upgraded(kind: str, text: str, version: int) -> str:
    """The text of a resource written for `version`, in the present language."""
    for upgrade in UPGRADES[version - 1 :]:
        text = upgrade.rewrite(kind, text)
    return text
