"""The store registry: every table, file and cache of an installation, what it may hold and how one subject leaves it.

A test compares the registry with the live database and the data folder: a store that nobody declares is a defect.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from sqlglot import exp, parse_one

from engine.model.app import AppModel
from engine.model.rollups import rollups_of
from engine.runtime.database.protocol import Session
from engine.runtime.database.statements import compile_statement
from engine.runtime.kernel_tables import KERNEL_TABLES
from engine.runtime.measuring import FULL_TEXT_PARTS
from engine.runtime.modeling.model_files import MODELS
from engine.runtime.schema.journal import MIGRATION_TABLE, SCHEMA_TABLE
from engine.runtime.schema.operations import TOMBSTONE, UNDONE
from engine.runtime.settings import FILE_NAME
from engine.runtime.sovereignty.key_store import KEYS
from engine.runtime.sovereignty.kill_mark import KILLED
from engine.runtime.sovereignty.root_keys import ROOT_KEY
from engine.runtime.storage.tables import SEARCH_SUFFIX, entity_tables, search_table_name, version_table_name
from engine.runtime.transfer.tables import SHEETS


class SubjectExit(StrEnum):
    """How the data of one subject leaves a store."""

    NONE = "none"
    DELETE = "delete"
    MASK = "mask"
    FORGET = "forget"


class Saving(StrEnum):
    """How a backup keeps a store: its rows, its files, apart from the data as a key, or not at all."""

    ROWS = "rows"
    FILES = "files"
    KEY = "key"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Store:
    """A place that holds something: its kind (table, file, cache), its owner module, what it holds."""

    name: str
    kind: str
    owner: str
    holds: str
    subject_exit: SubjectExit
    saving: Saving


UNFINISHED = "restore.unfinished"
"""The file that stands in the data folder while a restore is under way."""
UNREPLAYED = "restore.unreplayed"
"""The file that stands in the data folder until the erasures after the backup were repeated."""
ERASING = "erasing"
"""The folder of sealed identifiers of erasures under way."""
FACTS = "facts"
"""The folder of the columnar copy; it is made anew from the rows wherever it is missing."""
REPLACED = "replaced"
"""The folder for definitions that others took the place of."""
OWN_PACKS = "packs"
"""The folder for packs of the installation's own: made in the designer, or changed there and served in a shipped one's place."""
PUBLISHING = "publishing"
"""The folder for texts that are being published."""
MODEL = "model.kept"
"""The compiled definitions, kept for the next start; made again where they are missing."""

BACKUPS = "backups"
"""The folder for backups that were given no other place."""

_KERNEL = {
    "dougong_user": ("engine.runtime.identity", "accounts, names and addresses of users", SubjectExit.MASK),
    "dougong_session": (
        "engine.runtime.identity",
        "hashes of sessions, kinds of devices, times, sealed proofs of providers",
        SubjectExit.DELETE,
    ),
    "dougong_provider": ("engine.runtime.openid", "how providers of sign-in are asked, no secret", SubjectExit.NONE),
    "dougong_provider_person": ("engine.runtime.openid", "subjects of providers and who they are", SubjectExit.DELETE),
    "dougong_token": ("engine.runtime.identity", "hashes and labels of API tokens", SubjectExit.DELETE),
    "dougong_screen": ("engine.runtime.identity", "hashes and labels of screen links", SubjectExit.DELETE),
    "dougong_ticket": ("engine.runtime.identity", "hashes of links and codes that work once", SubjectExit.DELETE),
    "dougong_second_factor": ("engine.runtime.identity", "sealed secrets of second factors", SubjectExit.DELETE),
    "dougong_recovery_code": ("engine.runtime.identity", "keyed hashes of recovery codes", SubjectExit.DELETE),
    "dougong_approval_delegation": (
        "engine.runtime.organisation",
        "who is asked instead of whom, with conditions that may name values",
        SubjectExit.DELETE,
    ),
    "dougong_ownership": ("engine.runtime.organisation", "units and dates of records by id", SubjectExit.DELETE),
    "dougong_event": ("engine.runtime.events", "ids and versions only", SubjectExit.NONE),
    "dougong_attachment": ("engine.runtime.attachments", "file names of records", SubjectExit.DELETE),
    "dougong_audit": (
        "engine.runtime.audit",
        "codes and ids of acts, sealed in a chain; what an entry is about can be replaced by a pseudonym",
        SubjectExit.MASK,
    ),
    "dougong_audit_waiting": ("engine.runtime.audit", "codes and ids of acts, about to be sealed", SubjectExit.NONE),
    "dougong_audit_head": ("engine.runtime.audit", "length, last seal and sealer of the chain", SubjectExit.NONE),
    "dougong_audit_signed": ("engine.runtime.audit", "signed heads of the chain", SubjectExit.NONE),
    "dougong_job": ("engine.runtime.jobs", "ids and codes of work that waits", SubjectExit.NONE),
    "dougong_flow": ("engine.runtime.workflow", "titles and states of running flows", SubjectExit.DELETE),
    "dougong_flow_event": ("engine.runtime.workflow", "who decided what, with comments", SubjectExit.DELETE),
    "dougong_flow_task": ("engine.runtime.workflow", "what is asked of whom, with titles", SubjectExit.DELETE),
    "dougong_flow_waiting": ("engine.runtime.workflow", "ids of records that are waited for", SubjectExit.DELETE),
    "dougong_flow_text": ("engine.runtime.workflow", "definitions of flows that run", SubjectExit.NONE),
    "dougong_calendar_day": ("engine.runtime.workflow", "holidays and working weekends", SubjectExit.NONE),
    "dougong_calendar_hours": ("engine.runtime.workflow", "working hours by weekday", SubjectExit.NONE),
    "dougong_notice": ("engine.runtime.notices", "what people were told about records", SubjectExit.DELETE),
    "dougong_delivery": ("engine.runtime.notifying", "what waits to be brought, by title", SubjectExit.DELETE),
    "dougong_notice_preference": (
        "engine.runtime.notifying",
        "where users are reached and what they want to be told of",
        SubjectExit.DELETE,
    ),
    "dougong_list_view": (
        "engine.runtime.list_views",
        "names of lists that users keep, with conditions that may name values",
        SubjectExit.DELETE,
    ),
    "dougong_list_default": ("engine.runtime.list_views", "which view users begin with", SubjectExit.DELETE),
    "dougong_report": ("engine.runtime.reports", "which reports users asked for, with filters", SubjectExit.DELETE),
    "dougong_figure_watch": ("engine.runtime.figure_watches", "bounds that users set on figures", SubjectExit.DELETE),
    "dougong_phrase": ("engine.runtime.workflow", "words that users often put to decisions", SubjectExit.DELETE),
    "dougong_comment": ("engine.runtime.comments", "what people said about records", SubjectExit.DELETE),
    "dougong_comment_trace": ("engine.runtime.comments", "what comments said before", SubjectExit.DELETE),
    "dougong_source_run": ("engine.runtime.sources", "times and counts of runs", SubjectExit.NONE),
    "dougong_source_standing": (
        "engine.runtime.sources",
        "cursors, kinds of fields, times of retries",
        SubjectExit.NONE,
    ),
    "dougong_source_seen": (
        "engine.runtime.sources",
        "prints of keys with the versions taken last",
        SubjectExit.DELETE,
    ),
    "dougong_source_refusal": ("engine.runtime.sources", "rows of sources that were refused", SubjectExit.DELETE),
    "dougong_source_secret": ("engine.runtime.sources", "sealed secrets of sources by name", SubjectExit.NONE),
    "dougong_egress": ("engine.runtime.sovereignty", "destinations, decisions and bytes, no values", SubjectExit.NONE),
    "dougong_level_finding": (
        "engine.runtime.sovereignty",
        "levels of fields with counts, no values",
        SubjectExit.NONE,
    ),
    "dougong_level_decision": (
        "engine.runtime.sovereignty",
        "who decided on which level and why",
        SubjectExit.NONE,
    ),
    "dougong_breaker": ("engine.runtime.sovereignty", "breakers, and who asked to close them", SubjectExit.NONE),
    "dougong_rectification": (
        "engine.runtime.sovereignty",
        "refusals to mend: names of fields, levels and counts, no values",
        SubjectExit.NONE,
    ),
    "dougong_egress_person": (
        "engine.runtime.sovereignty",
        "prints of ids of people whose data left in a year; a number that stays true when they are erased",
        SubjectExit.NONE,
    ),
    "dougong_egress_year": ("engine.runtime.sovereignty", "how many people's data left in a year", SubjectExit.NONE),
    "dougong_removed_pack": ("engine.runtime.removed_packs", "names of packs and migrations", SubjectExit.NONE),
    "dougong_formulas": ("engine.runtime.records", "by which formulas rows are worked out", SubjectExit.NONE),
    "dougong_release": ("engine.runtime.release", "the version of the product", SubjectExit.NONE),
    "dougong_knowledge_edit": ("engine.runtime.knowledge", "what an installation changed in graphs", SubjectExit.NONE),
    "dougong_knowledge_step": ("engine.runtime.knowledge", "what graphs said before a change", SubjectExit.NONE),
    "dougong_learnt": ("engine.runtime.themes", "characters and their weights by theme, no sentence", SubjectExit.NONE),
    "dougong_leftover": ("engine.runtime.themes", "who named or dismissed which group", SubjectExit.NONE),
    "dougong_leftover_row": ("engine.runtime.themes", "ids of records by group", SubjectExit.DELETE),
    "dougong_setting": ("engine.runtime.live_settings", "settings changed on a page", SubjectExit.NONE),
    "dougong_moment": ("engine.runtime.moments", "when housekeeping was done last", SubjectExit.NONE),
    "dougong_measure": ("engine.runtime.measuring", "rows and bytes of tables", SubjectExit.NONE),
    "dougong_stamp": ("engine.runtime.identity", "a random number", SubjectExit.NONE),
    "dougong_search": ("engine.runtime.search", "names of entities and rules", SubjectExit.NONE),
    "dougong_likeness": ("engine.runtime.search", "digests of what tells records apart, by id", SubjectExit.DELETE),
    "dougong_fact_epoch": ("engine.runtime.facts", "a random number", SubjectExit.NONE),
    "dougong_rollup": ("engine.runtime.rollups", "names of roll-ups and how far they are built", SubjectExit.NONE),
    "dougong_draft": ("engine.runtime.drafts", "forms that people have half filled in", SubjectExit.DELETE),
    "dougong_design_head": ("designer", "the revision of the draft of definitions", SubjectExit.NONE),
    "dougong_design_draft": ("designer", "definitions that are not published yet", SubjectExit.NONE),
    "dougong_design_text": ("designer", "texts of definitions by their hash", SubjectExit.NONE),
    "dougong_design_version": ("engine.runtime.design_versions", "who published which definitions", SubjectExit.NONE),
    "dougong_design_journal": ("designer", "who changed which definition and how", SubjectExit.NONE),
    "dougong_design_edition": ("designer", "which editions of shipped packs the draft has taken in", SubjectExit.NONE),
    "dougong_pack_base": ("designer", "which editions of shipped packs their copies come from", SubjectExit.NONE),
    "dougong_import": ("engine.runtime.transfer", "names, columns and counts of sheets", SubjectExit.NONE),
    "dougong_import_problem": (
        "engine.runtime.transfer",
        "lines of sheets that were refused, as they came",
        SubjectExit.DELETE,
    ),
    "dougong_bulk": (
        "engine.runtime.bulk_runs",
        "addresses of lists, and what was entered for all of their rows",
        SubjectExit.NONE,
    ),
    "dougong_bulk_row": ("engine.runtime.bulk_runs", "ids of records, and why they were refused", SubjectExit.NONE),
    "dougong_training_run": ("engine.runtime.modeling", "what was learnt from and how it ended", SubjectExit.NONE),
    "dougong_model_version": (
        "engine.runtime.modeling",
        "cards of models: figures, domains, and mixed rows of a background",
        SubjectExit.FORGET,
    ),
    "dougong_model_act": ("engine.runtime.modeling", "who put which version live", SubjectExit.NONE),
    "dougong_negotiation_decision": (
        "engine.runtime.negotiation",
        "what was decided in negotiations, with the features, figures and rows that it was decided on",
        SubjectExit.DELETE,
    ),
    "dougong_subject_request": (
        "engine.runtime.sovereignty.subjects",
        "requests of data subjects: ids, codes, frozen plans, certificates",
        SubjectExit.NONE,
    ),
    "dougong_subject_step": (
        "engine.runtime.sovereignty.subjects",
        "how far each store of a request is",
        SubjectExit.NONE,
    ),
    "dougong_legal_hold": ("engine.runtime.sovereignty.subjects", "cases, ids of what they hold", SubjectExit.NONE),
    "dougong_erase_ledger": ("engine.runtime.sovereignty.subjects", "the name of the ledger", SubjectExit.NONE),
    "dougong_idempotency": ("engine.runtime.idempotency", "keys and ids, never bodies", SubjectExit.NONE),
}
_FILES = (
    Store(
        "dougong.sqlite3", "file", "engine.runtime.database", "the whole database", SubjectExit.DELETE, Saving.NONE
    ),  # a backup keeps the rows of its tables
    Store(
        "dougong.sqlite3.lock",
        "file",
        "engine.runtime.database",
        "nothing: who holds it",
        SubjectExit.NONE,
        Saving.NONE,
    ),
    Store(
        "dougong.sqlite3.ballast",
        "file",
        "engine.runtime.database",
        "zeroes that keep room",
        SubjectExit.NONE,
        Saving.NONE,
    ),
    Store("cursor.key", "file", "engine.application", "the key of cursors and seals", SubjectExit.NONE, Saving.KEY),
    Store(ROOT_KEY, "file", "engine.runtime.sovereignty", "the root key", SubjectExit.NONE, Saving.KEY),
    Store(KEYS, "file", "engine.runtime.sovereignty", "wrapped keys of subjects", SubjectExit.DELETE, Saving.NONE),
    Store(
        "inbox", "file", "engine.runtime.sources", "files that wait for their sources", SubjectExit.DELETE, Saving.FILES
    ),
    Store(
        SHEETS, "file", "engine.runtime.transfer", "sheets until they are brought in", SubjectExit.DELETE, Saving.NONE
    ),
    Store(
        MODELS,
        "file",
        "engine.runtime.modeling",
        "models, the ids of the rows that went into each, tables of trainings that wait",
        SubjectExit.FORGET,
        Saving.FILES,
    ),
    Store(FACTS, "file", "engine.runtime.facts", "a copy of what metrics measure", SubjectExit.DELETE, Saving.NONE),
    Store("files", "file", "engine.runtime.attachments", "attachments of records", SubjectExit.DELETE, Saving.FILES),
    Store(
        REPLACED,
        "file",
        "engine.installation.promoting",
        "definitions that were replaced",
        SubjectExit.NONE,
        Saving.NONE,
    ),
    Store(OWN_PACKS, "file", "engine.installation.publishing", "definitions of packs", SubjectExit.NONE, Saving.NONE),
    Store(
        PUBLISHING,
        "file",
        "engine.installation.publishing",
        "definitions that are being published",
        SubjectExit.NONE,
        Saving.NONE,
    ),
    Store(FILE_NAME, "file", "engine.runtime.settings", "settings of the installation", SubjectExit.NONE, Saving.NONE),
    Store(BACKUPS, "file", "engine.runtime.backup", "backups, each of one moment", SubjectExit.DELETE, Saving.NONE),
    Store(
        ERASING,
        "file",
        "engine.runtime.sovereignty.subjects",
        "what erasures under way look for, sealed",
        SubjectExit.DELETE,
        Saving.NONE,
    ),
    Store(
        UNREPLAYED,
        "file",
        "engine.installation.replaying",
        "the erasures that a restore has still to repeat",
        SubjectExit.NONE,
        Saving.NONE,
    ),
    Store(UNFINISHED, "file", "engine.runtime.backup", "which restore is under way", SubjectExit.NONE, Saving.NONE),
    Store(
        KILLED, "file", "engine.runtime.sovereignty", "why all that leaves was stopped", SubjectExit.NONE, Saving.NONE
    ),
    Store(MODEL, "file", "engine.installation", "the compiled definitions", SubjectExit.NONE, Saving.NONE),
)
_CACHES = (
    Store("loaded_models", "cache", "engine.runtime.modeling", "models that answer", SubjectExit.FORGET, Saving.NONE),
    Store(
        "standings",
        "cache",
        "engine.runtime.organisation",
        "roles and units of users, by id",
        SubjectExit.FORGET,
        Saving.NONE,
    ),
    Store("keys", "cache", "engine.runtime.sovereignty", "unwrapped keys", SubjectExit.FORGET, Saving.NONE),
    Store(
        "statements", "cache", "engine.runtime.database.statements", "SQL without values", SubjectExit.NONE, Saving.NONE
    ),
    Store("assets", "cache", "engine.web.assets", "files of the product", SubjectExit.NONE, Saving.NONE),
)


def entries_saved(saving: Saving) -> tuple[str, ...]:
    """The entries of the data folder that a backup keeps in this way, in name order."""
    return tuple(sorted(one.name for one in _FILES if one.saving is saving))


def declared_stores(model: AppModel) -> tuple[Store, ...]:
    """All stores of an installation that runs this model."""
    kernel = tuple(
        Store(
            one.name,
            "table",
            *_KERNEL.get(one.name, ("engine.runtime.kernel_tables", "the kernel's own rows", SubjectExit.NONE)),
            Saving.ROWS,
        )
        for one in KERNEL_TABLES
    )
    journal = tuple(
        Store(name, "table", "engine.runtime.schema.journal", "definitions, no values", SubjectExit.NONE, Saving.ROWS)
        for name in (SCHEMA_TABLE, MIGRATION_TABLE)
    )
    owners = {version_table_name(name): ("engine.runtime.versions", "row versions") for name in model.entities}
    owners |= {
        table: ("engine.runtime.rollups", "sums and counts by unit, day and kind, never by subject")
        for one in rollups_of(model).values()
        for table in (one.cells, one.deltas)
    }
    owners |= {search_table_name(name): ("engine.runtime.search", "search tokens") for name in model.entities}
    rows = ("engine.runtime.records", "rows of the application")
    entities = tuple(
        Store(one.name, "table", *owners.get(one.name, rows), SubjectExit.DELETE, Saving.ROWS)
        for one in entity_tables(model)
    )
    return (*kernel, *journal, *entities, *_FILES, *_CACHES)


def undeclared(session: Session, model: AppModel, folder: Path) -> tuple[str, ...]:
    """Tables of the live database and entries of the data folder that no store declares; tombstones belong to the journal."""
    known = {store.name for store in declared_stores(model)}
    known |= {f"{name}_{part}" for name in known if name.endswith(SEARCH_SUFFIX) for part in FULL_TEXT_PARTS}
    tables = {name for name in live_tables(session) if not name.startswith((TOMBSTONE, UNDONE, "sqlite_"))}
    entries = {path.name for path in folder.iterdir()} if folder.exists() else set()
    files = {
        name
        for name in entries
        if not any(name == one or name.startswith(f"{one}-") or name.startswith(f"{Path(one).stem}.") for one in known)
    }
    return tuple(sorted((tables - known) | files))


def live_tables(session: Session) -> tuple[str, ...]:
    """The tables that stand in the database."""
    if session.dialect == "sqlite":
        select = exp.select(exp.column("name")).from_("sqlite_master").where("type = 'table'")
    else:
        select = (
            exp.select(exp.column("table_name")).from_("information_schema.tables").where("table_schema = 'public'")
        )
    return tuple(
        str(row[0])
        for row in session.rows(compile_statement(parse_one(select.sql("postgres"), read="postgres"), session.dialect))
    )
