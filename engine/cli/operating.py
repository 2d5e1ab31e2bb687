"""`dougong doctor`."""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import sqlite3

from engine.application import Installation
from engine.cli.console import Console
from engine.cli.editions import newer
from engine.cli.opening import opened
from engine.diagnostics import DougongError, Message
from engine.installation.migration import migration_stamp, plan_migration
from engine.installation.served import own_packs
from engine.installation.upgrading import newer_words
from engine.runtime.audit_chain.verifying import Proofs, Verdict, verify_chain
from engine.runtime.facts.declared import fact_tables
from engine.runtime.facts.engines import is_installed
from engine.runtime.jobs import waiting
from engine.runtime.schema.journal import migrations, prepare_journal
from engine.runtime.settings import PREFIX, Settings, setting_fields, shown
from engine.runtime.sovereignty.key_copies import standing_copies
from engine.runtime.sovereignty.key_opening import key_place
from engine.runtime.stores import undeclared


def doctor(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    """Every setting with its value, and whether the installation is well."""
    rows = [
        (
            PREFIX + one.name.upper(),
            shown(one, getattr(settings, one.name)),
            settings.origin_of(one.name).value,
            Message(one.metadata["zh"], one.metadata["help"]).text(console.language),
        )
        for one in setting_fields()
    ]
    for name, value, origin, help_text in rows:
        console.line(f"{name:<30} {value:<28} {origin:<12} {help_text}")
    checks = [*_machine(settings), *_installation(settings, console.language)]
    console.line("")
    for name, well, detail in checks:
        console.line(f"{'✓' if well else '✗'} {name}: {detail}")
    console.result(
        {
            "settings": {name: value for name, value, _, _ in rows},
            "sources": {name: origin for name, _, origin, _ in rows},
            "checks": [{"name": n, "well": w, "detail": d} for n, w, d in checks],
        }
    )
    return 0 if all(well for _, well, _ in checks) else 1


def _machine(settings: Settings) -> list[tuple[str, bool, str]]:
    free = shutil.disk_usage(settings.data if settings.data.exists() else ".").free // 1_000_000
    secure = settings.by_https or settings.host in {"127.0.0.1", "localhost"}
    return [
        ("python", True, platform.python_version()),
        ("sqlite", sqlite3.sqlite_version_info >= (3, 40), sqlite3.sqlite_version),
        ("disk", free > 500, f"{free} MB"),
        (
            "data folder",
            os.access(settings.data if settings.data.exists() else settings.data.parent, os.W_OK),
            str(settings.data),
        ),
        ("https", secure, settings.external_url or f"{settings.host} (local)"),
    ]


def _installation(settings: Settings, language: str) -> list[tuple[str, bool, str]]:
    try:
        with opened(settings) as installation:
            return _facts(installation, language)
    except DougongError as error:
        return [("installation", False, error.message.text(language))]


def _own_packs(installation: Installation) -> list[tuple[str, bool, str]]:
    """Packs of the installation's own; one that a folder of the settings stands before is not served."""
    own, served = own_packs(installation.settings.data), set(installation.models.compiler.folders)
    hidden = [one.name for one in own if one not in served]
    if not own:
        return []
    words = ", ".join(
        f"{one.name}{'' if one in served else ' (not served: a folder of DOUGONG_PACKS has it)'}" for one in own
    )
    return [("own packs", not hidden, words)]


def _newer_editions(installation: Installation) -> list[tuple[str, bool, str]]:
    """Changed packs that this release has in a newer edition: no ill, but nobody should learn of it by chance."""
    found = newer(installation)
    words = "; ".join(newer_words(one).en for one in found)
    return [("newer editions", True, f"{words} (dougong upgrade --merge PACK --by ACCOUNT)")] if found else []


def _copy_of_facts(installation: Installation) -> list[tuple[str, bool, str]]:
    """Whether the copy of facts that the settings ask for can be made: its engine is installed, its entities are measured."""
    settings, model = installation.settings, installation.models.current()
    if not settings.facts:
        return []
    if not is_installed(settings.facts):
        return [
            ("facts", False, f"{settings.facts} is not installed: pip install dougong[facts] or dougong[clickhouse]")
        ]
    unmeasured = settings.measured_in_facts - fact_tables(model, settings.measured_in_facts).measured
    words = f" · no metric measures {', '.join(sorted(unmeasured))}" if unmeasured else ""
    return [("facts", not unmeasured, f"{settings.facts} is installed{words}")]


def _keys(installation: Installation, language: str) -> list[tuple[str, bool, str]]:
    """Whether the keys of what is sealed open, and whether a copy of them stands; a demonstration needs none."""
    settings, vault = installation.settings, installation.workplace.vault
    if vault is None or not key_place(settings).begun:
        return []
    try:
        counts = vault.keyring.counts()
        standing = [one for one in standing_copies(vault.keyring.store) if one.ends > installation.clock.now()]
    except DougongError as error:
        return [("keys", False, error.message.text(language))]
    copied = f"copied {max(one.made for one in standing):%Y-%m-%d}" if standing else "no copy: dougong keys backup FILE"
    words = f"{counts.data_keys} data keys, root key: {vault.keyring.root_kind}, {copied}"
    return [("keys", bool(standing) or settings.demo or settings.development, words)]


def _facts(installation: Installation, language: str) -> list[tuple[str, bool, str]]:
    database, model, key = installation.database, installation.models.current(), installation.workplace.key
    database.write(prepare_journal)
    stamp = migration_stamp(model, installation.ids, installation.clock)
    missing = len(plan_migration(database, model, stamp).operations)
    facts = [
        ("packs", True, ", ".join(f"{name} {pack.version}" for name, pack in model.packs.items())),
        *_own_packs(installation),
        *_newer_editions(installation),
        *_copy_of_facts(installation),
        *_keys(installation, language),
        ("database", True, database.dialect),
        ("migrations", missing == 0, f"{len(database.read(migrations))} done, {missing} operations to apply"),
    ]
    if missing:
        return facts
    chain = database.read(lambda session: verify_chain(session, Proofs(key)))
    jobs = database.read(waiting)
    dead = sum(one.dead for one in jobs)
    unknown = database.read(lambda session: undeclared(session, model, installation.settings.data))
    return [
        *facts,
        ("audit log", chain.broken is None, _chain_words(chain)),
        ("jobs", dead == 0, f"{len(jobs)} waiting, {dead} stopped"),
        ("stores", not unknown, ", ".join(unknown) or "all declared"),
    ]


def _chain_words(chain: Verdict) -> str:
    if chain.broken is not None:
        return f"broken at entry {chain.broken.position}: {chain.broken.words.en}"
    return f"the chain holds, {chain.length} sealed, {chain.unsealed.count} unsealed"
