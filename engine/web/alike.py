"""Records that are alike, as forms show them: what may be there already, with a link, and what confirms that it is another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from engine.runtime.records.duplicates import Alike, PossibleDuplicate
from engine.web.responses import record_url


@dataclass(frozen=True, slots=True)
class AlikeShown:
    """What one rule found: in which field, the words before it, records as (address, title), how many are not shown."""

    field: str
    words: str
    records: tuple[tuple[str, str], ...]
    hidden: int


@dataclass(frozen=True, slots=True)
class AlikePanel:
    """All that was found, and what a form sends back to say that this is another one."""

    found: tuple[AlikeShown, ...]
    confirmation: str


def alike_panel(error: PossibleDuplicate | None, language: str) -> AlikePanel | None:
    if error is None:
        return None
    return AlikePanel(tuple(alike_shown(error.alike, language)), error.confirmation)


def alike_shown(alike: Iterable[Alike], language: str) -> Iterable[AlikeShown]:
    """What was found, in the reader's language."""
    for one in alike:
        words = one.rule.message.text(language) or ("可能重复" if language == "zh" else "May be there already")
        records = tuple((record_url(one.entity, record), title) for record, title in one.records)
        yield AlikeShown(one.rule.fields[-1], words, records, one.hidden)
