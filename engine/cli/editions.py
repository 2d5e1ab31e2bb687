"""What commands tell of newer editions of shipped packs."""

from __future__ import annotations

from designer.upgrading.newer import NewerPack
from engine.application import Installation, make_studio
from engine.cli.console import Console
from engine.installation.upgrading import newer_editions, newer_words
from engine.model.context import Context
from engine.runtime.records.starting_rows import starting_context
from engine.runtime.workers import Workers


def newer(installation: Installation) -> tuple[NewerPack, ...]:
    """The newer editions that an installation has not taken in."""
    return newer_editions(installation.workplace, make_studio(installation, Workers()), own_context(installation))


def own_context(installation: Installation) -> Context:
    """The context of the installation itself."""
    return starting_context(installation.clock.now(), installation.settings.zone)


def tell_newer(installation: Installation, console: Console) -> tuple[NewerPack, ...]:
    """Say which packs have come in a newer edition, and how they are brought together with what was changed."""
    found = newer(installation)
    for one in found:
        words = newer_words(one)
        console.say(f"! {words.zh}", f"! {words.en}")
        if one.refusal is not None:
            console.say(f"  {one.refusal.zh}", f"  {one.refusal.en}")
    if found:
        console.say(
            "  改过的应用照旧运行，什么都没有改动。在设计器首页查看和合并，或 dougong upgrade --merge 应用 --by 账号",
            "  The changed packs serve as before, nothing was changed. Look and merge on the designer's start page, or "
            "dougong upgrade --merge PACK --by ACCOUNT",
        )
    return found
