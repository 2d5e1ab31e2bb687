"""The commands and what they take."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from pathlib import Path

from engine.cli.later import Later

Add = Callable[[argparse.ArgumentParser], None]


def make_parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    parser = argparse.ArgumentParser(
        prog="dougong", description="Dougong 斗拱: applications written as text, run on SQLite or PostgreSQL"
    )
    parser.add_argument("--data", type=Path, default=None, help="data folder (DOUGONG_DATA)")
    parser.add_argument("--packs", default=None, help="pack folders separated by ':' (DOUGONG_PACKS)")
    parser.add_argument("--language", choices=("zh", "en"), default=_language(), help="language of messages")
    commands = parser.add_subparsers(title="commands", required=True, metavar="command")
    _serving(commands)
    _authoring(commands)
    _schema(commands)
    _data(commands)
    _operating(commands)
    _guarding(commands)
    _backing_up(commands)
    _keys(commands)
    _modelling(commands)
    _estimating(commands)
    _pipelines(commands)
    _subjects(commands)
    _negotiating(commands)
    _lineage(commands)
    parser.set_defaults(parser=parser)
    return parser


def _language() -> str:
    return "zh" if os.environ.get("LC_ALL", os.environ.get("LANG", "")).startswith("zh") else "en"


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, help_text: str, run: Later
) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=help_text, description=help_text)
    command.set_defaults(run=run)
    command.add_argument("--json", action="store_true", help="answer as JSON")
    command.add_argument("--data", type=Path, default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    command.add_argument("--packs", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    return command


def _serving(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    for name, help_text, run in (
        (
            "start",
            "set up a demo installation if there is none, and serve it with hot reload",
            Later("serving", "start"),
        ),
        ("serve", "serve the installation", Later("serving", "serve")),
    ):
        command = _command(commands, name, help_text, run)
        command.add_argument("--port", type=int, default=None, help="port to listen on (DOUGONG_PORT)")
        command.add_argument("--host", default=None, help="address to listen on (DOUGONG_HOST)")
        if name == "start":
            sizes = "size of the demonstration that the first start makes (DOUGONG_DEMO_SIZE)"
            command.add_argument("--demo", choices=("full", "small"), default=None, help=sizes)


def _authoring(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    new = _command(commands, "new", "make a tiny working pack", Later("authoring", "new"))
    new.add_argument("name", help="name of the pack: lower-case letters, digits, underscores")
    new.add_argument("--folder", type=Path, default=Path(), help="where to put it")
    check = _command(commands, "check", "compile packs and list every problem", Later("authoring", "check"))
    check.add_argument(
        "folders", nargs="*", type=Path, help="packs, or folders of packs; default: those of the installation"
    )
    formatting = _command(
        commands, "format", "write definition files in canonical form", Later("authoring", "format_files")
    )
    formatting.add_argument("files", nargs="+", type=Path, help="definition files, or folders of them")
    formatting.add_argument("--check", action="store_true", help="change nothing; exit 1 when a file would change")
    rename = _command(
        commands,
        "rename",
        "rename something with every reference and what is stored under it",
        Later("authoring", "rename"),
    )
    rename.add_argument(
        "target", help="entity, entity.field, KIND/NAME (roles/lead), or KIND/NAME.LIST.ID (workflows/deal.states.won)"
    )
    rename.add_argument("new", help="the new name")
    schemas = _command(
        commands,
        "export-schema",
        "write the JSON Schemas of all kinds, for editors",
        Later("authoring", "export_schema"),
    )
    schemas.add_argument("folder", type=Path)
    tests = _command(commands, "test", "run the packs' own tests", Later("authoring", "run_tests"))
    tests.add_argument(
        "what", nargs="*", help="packs or folders of packs, names of suites; default: all of the installation"
    )
    tests.add_argument("--watch", action="store_true", help="run again at every save")
    maps = _command(commands, "map", "list decision-chain maps, or make a flow of one", Later("mapping", "maps"))
    maps.add_argument("act", choices=("list", "to-flow"), help="list them with their coverage, or write a flow")
    maps.add_argument("name", nargs="?", help="the map")
    maps.add_argument("--flow", default="", help="name of the flow; default: that of the map with _flow")
    maps.add_argument("--show", action="store_true", help="write nothing, show the text")
    ruling = _command(
        commands, "rule", "make a rule of a sentence, shown before it is written", Later("ruling", "rule")
    )
    ruling.add_argument("sentence", help="what shall hold, in Chinese or English")
    ruling.add_argument("--pack", required=True, help="the pack that it is for")
    ruling.add_argument("--entity", default="", help="whose records it is about, where the sentence leaves it open")
    ruling.add_argument("--apply", action="store_true", help="write the definitions; without it nothing is written")
    server = _command(
        commands,
        "lsp",
        "language server for editors: completion, problems, renames while one types",
        Later("editing", "lsp"),
    )
    server.add_argument("--stdio", action="store_true", help="talk over the standard pipes, as it does without")
    docs = _command(commands, "docs", "write the generated reference", Later("authoring", "write_docs"))
    docs.add_argument("--write", type=Path, required=True, help="folder of the reference")
    docs.add_argument("--check", action="store_true", help="change nothing; exit 1 when a page would change")


def _schema(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    plan = _command(commands, "plan", "show what the database needs for the definitions", Later("schema", "plan"))
    plan.add_argument("--sql", action="store_true", help="show the SQL too")
    apply = _command(commands, "apply", "apply that plan", Later("schema", "apply"))
    apply.add_argument("--consent", action="store_true", help="agree to retiring tables and columns")
    upgrade = _command(
        commands, "upgrade", "bring an installation of an older release to this one", Later("carrying", "upgrade")
    )
    upgrade.add_argument("--yes", action="store_true", help="carry the plan out; without it the plan is only shown")
    upgrade.add_argument("--consent", action="store_true", help="agree to retiring tables and columns")
    upgrade.add_argument(
        "--merge",
        default="",
        metavar="PACK",
        help="take the newer edition of this changed pack into the designer's draft",
    )
    upgrade.add_argument("--by", default="", metavar="ACCOUNT", help="who merges, and can take it back in the designer")
    promote = _command(
        commands, "promote", "carry definitions from another installation into this one", Later("carrying", "promote")
    )
    promote.add_argument("source", type=Path, help="the other installation's packs: a pack, or a folder of packs")
    promote.add_argument("--yes", action="store_true", help="carry them over; without it the plan is only shown")
    promote.add_argument("--consent", action="store_true", help="agree to retiring tables and columns")
    promote.add_argument("--sql", action="store_true", help="show the SQL too")
    uninstall = _command(
        commands, "uninstall", "remove a pack, its data kept or erased", Later("removing", "uninstall")
    )
    uninstall.add_argument("pack", help="name of the pack")
    fate = uninstall.add_mutually_exclusive_group(required=True)
    fate.add_argument(
        "--keep-data", action="store_true", help="its tables are retired; the pack finds them when it returns"
    )
    fate.add_argument("--erase-data", action="store_true", help="its tables and files are deleted for good")
    uninstall.add_argument("--yes", action="store_true", help="remove it; without it what would go is only shown")
    listing = _command(
        commands, "versions", "list what was published in the designer", Later("versioning", "list_versions")
    )
    listing.add_argument("--most", type=int, default=50, help="how many, newest first")
    back = _command(commands, "rollback", "go back to a version of the definitions", Later("versioning", "rollback"))
    back.add_argument("version", help="its identifier, from dougong versions")
    back.add_argument("--yes", action="store_true", help="go back; without it what would change is only shown")
    back.add_argument("--consent", action="store_true", help="agree to retiring tables and columns")
    _command(commands, "revert", "undo the newest migration; retired data comes back", Later("schema", "revert_last"))
    gone = _command(
        commands, "retired", "list data that migrations retired, put it back or delete it", Later("retired", "retired")
    )
    fate = gone.add_mutually_exclusive_group()
    fate.add_argument("--restore", metavar="NAME", default="", help="fill the field or table of that name again")
    fate.add_argument("--purge", metavar="NAME", default="", help="delete it for good")
    gone.add_argument("--yes", action="store_true", help="delete it; without it what would go is only shown")


def _data(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    bring = _command(
        commands, "import", "bring rows of a CSV or Excel file into an entity", Later("data", "import_file")
    )
    bring.add_argument("entity")
    bring.add_argument("file", type=Path)
    bring.add_argument("--user", required=True, help="account whose rights hold")
    bring.add_argument("--key", default="", help="fields that find rows to update, separated by commas")
    bring.add_argument(
        "--map", action="append", default=[], metavar="COLUMN=FIELD", help="a column's field; default: by name or label"
    )
    bring.add_argument("--dry-run", action="store_true", help="change nothing, report every problem")
    send = _command(commands, "export", "write the rows that a user may export", Later("data", "export_file"))
    send.add_argument("entity")
    send.add_argument("file", type=Path)
    send.add_argument("--user", required=True, help="account whose rights hold")
    sync = _command(
        commands, "sync", "run a source: read rows from elsewhere into its entity", Later("syncing", "sync")
    )
    sync.add_argument("source")
    sync.add_argument("--file", type=Path, default=None, help="the file to read, instead of the declared one")
    sync.add_argument("--dry-run", action="store_true", help="change nothing, report every problem")
    what = sync.add_mutually_exclusive_group()
    what.add_argument("--refused", action="store_true", help="take up the rows that were refused, read nothing")
    what.add_argument("--afresh", action="store_true", help="read all from the beginning, not what changed since")
    explain = _command(
        commands,
        "explain",
        "explain access, releases, a computed value, a transition or a metric",
        Later("data", "explain"),
    )
    explain.add_argument("subject", choices=("access", "releases", "value", "transition", "metric"))
    explain.add_argument("--user", default=None)
    explain.add_argument("--entity", default=None)
    explain.add_argument("--record", default=None)
    explain.add_argument("--field", default=None)
    explain.add_argument("--transition", default=None)
    explain.add_argument("--metric", default=None)


def _operating(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    user = _command(commands, "user", "create users, set passwords, make tokens", Later("people", "user"))
    user.add_argument("act", choices=("list", "create", "password", "disable", "enable", "token"))
    user.add_argument("account", nargs="?")
    user.add_argument("--name", default=None)
    user.add_argument("--role", action="append", default=[])
    user.add_argument("--admin", action="store_true", help="of a new user: an administrator")
    user.add_argument("--scope", action="append", default=[], help="of a token: entity:action")
    user.add_argument("--days", type=int, default=90, help="how long a token lasts")
    trial = _command(
        commands,
        "simulate",
        "try a flow on a record that is never committed; or serve the other side of a connector",
        Later("simulating", "simulate_flow"),
    )
    trial.add_argument("flow", help="the flow; or the kind of a connector whose other side is to be served")
    about = trial.add_mutually_exclusive_group()
    about.add_argument("--record", default=None, help="identifier of a stored record")
    about.add_argument("--row", type=Path, default=None, help="YAML file with the values of a new record")
    trial.add_argument("--answers", type=Path, default=None, help="YAML file: what is done at which step")
    trial.add_argument(
        "--as", dest="starter", default=None, help="account of whoever starts it; else who made the record"
    )
    trial.add_argument("--port", type=int, default=8900, help="where the other side listens")
    trial.add_argument("--seed", type=int, default=1, help="what its data are made from")
    organisation = _command(
        commands,
        "organisation",
        "try a new organisation; publish it when nothing breaks",
        Later("organising", "organisation"),
    )
    organisation.add_argument("act", choices=("plan", "minimal"), help="try a plan, or write one of three units")
    organisation.add_argument("file", type=Path, help="the changes, one a line")
    organisation.add_argument("--publish", action="store_true", help="put it into force when there is no problem")
    wipe = _command(
        commands, "wipe-demo", "remove demo rows, accounts and units; definitions stay", Later("wiping", "wipe_demo")
    )
    wipe.add_argument("--yes", action="store_true", help="agree without typing the name of the installation")
    wipe.add_argument("--dependents", action="store_true", help="also rows of real accounts that point at demo data")
    levels = _command(
        commands,
        "classify",
        "say of every field how sensitive it is, by its words and by sampled values",
        Later("classifying", "classify_fields"),
    )
    levels.add_argument("--pack", default=None, help="only the fields that this pack declares")
    levels.add_argument("--all", action="store_true", help="also the fields of which nothing was found")
    levels.add_argument("--keep", action="store_true", help="keep what is found, as the nightly scan does")
    _command(commands, "doctor", "check the machine, the settings and the installation", Later("operating", "doctor"))


def _guarding(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    audit = _command(
        commands,
        "audit",
        "verify the chain of the audit log, seal what waits, show its head",
        Later("auditing", "audit"),
    )
    audit.add_argument("act", choices=("verify", "seal", "head"))
    audit.add_argument("--anchor", type=Path, metavar="FILE", help="of verify: heads that were anchored outside")
    audit.add_argument("--deep", action="store_true", help="of verify: check the signature of every kept head")
    egress = _command(
        commands,
        "egress",
        "how the breakers stand; stop all that leaves; rehearse a block",
        Later("guarding", "egress"),
    )
    egress.add_argument("act", choices=("status", "kill", "drill"))
    egress.add_argument("--reason", default="", help="of kill: why, at least 10 characters")


def _backing_up(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    backup = _command(commands, "backup", "save the whole installation, while it serves", Later("backing_up", "backup"))
    backup.add_argument(
        "to", nargs="?", type=Path, help="a .zip, a .tar or a new folder; default: a zip in <data>/backups"
    )
    backup.add_argument("--keys", type=Path, metavar="FILE", help="write the keys to this file, apart from the data")
    restore = _command(commands, "restore", "fill an empty installation from a backup", Later("backing_up", "restore"))
    restore.add_argument("source", metavar="from", type=Path, help="the backup: a zip, a tar or a folder")
    restore.add_argument("--keys", type=Path, metavar="FILE", help="the keys of the backup; default: new ones")
    restore.add_argument(
        "--definitions", type=Path, metavar="FOLDER", help="write the packs of the backup to this new folder"
    )
    verify = _command(
        commands,
        "verify-backup",
        "check a backup by restoring it into a database that is thrown away",
        Later("backing_up", "verify"),
    )
    verify.add_argument("source", metavar="file", type=Path, help="the backup: a zip, a tar or a folder")
    verify.add_argument("--keys", type=Path, metavar="FILE", help="the keys of the backup, to check its seals too")


def _subjects(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    words = "erase what is held of a data subject: dry run, approval by a second person, proof, certificate"
    known = _command(commands, "subject", words, Later("subjects", "subject"))
    acts = ("plan", "erase", "list", "verify", "verifier", "hold", "release", "holds")
    known.add_argument("act", choices=acts)
    known.add_argument(
        "what",
        nargs="?",
        default="",
        help="of plan and hold: the entity; of erase: the request; of release: the hold; of verify: the certificate",
    )
    known.add_argument("record", nargs="?", default="", help="of plan and hold: identifier of the subject")
    known.add_argument("--user", default="", help="the account that does it: of erase another one than of plan")
    known.add_argument("--digest", default="", help="of erase: the digest of the plan that is approved")
    known.add_argument("--basis", default="withdrawn_consent", help="of plan: why the data have to go")
    known.add_argument("--identity", default="", help="of plan: how the identity was checked")
    known.add_argument("--authority", default="self", help="of plan: who asks")
    known.add_argument("--out", type=Path, default=None, help="write the certificate, or the verifier, to this file")
    known.add_argument("--key", default="", help="of verify: the installation's public key, in hex")
    known.add_argument("--case", default="", help="of hold: the number of the case")
    known.add_argument("--review", default="", metavar="DATE", help="of hold: when it is looked at again")
    known.add_argument("--covers", default="", metavar="ENTITY", help="of hold: rows of this entity alone")
    known.add_argument("--since", default="", metavar="DATE", help="of hold: rows made from this day on")
    known.add_argument("--until", default="", metavar="DATE", help="of hold: rows made up to this day")


def _keys(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    keys = _command(commands, "keys", "list, renew, copy and restore the keys of what is sealed", Later("keys", "keys"))
    keys.add_argument("act", choices=("status", "rotate", "rotate-root", "backup", "restore"))
    keys.add_argument("file", nargs="?", type=Path, help="of backup: where the copy goes; of restore: the copy")
    keys.add_argument("--subjects", action="store_true", help="of rotate: also a new data key for every subject")
    keys.add_argument(
        "--passphrase", action="store_true", help="of rotate-root: a root key out of a passphrase instead of a file"
    )
    keys.add_argument("--old", action="store_true", help="of restore: take a copy that is past its time")


def _pipelines(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    known = _command(
        commands,
        "pipeline",
        "read pipelines in words, and the first lines of their tables",
        Later("pipelines", "pipeline"),
    )
    known.add_argument("act", choices=("list", "explain", "preview"))
    known.add_argument("name", nargs="?", default="", help="the pipeline")
    known.add_argument("--user", default="", help="of preview: the account whose rights it is read with")
    known.add_argument("--rows", type=int, default=20, help="of preview: how many lines are shown")


def _negotiating(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    words = "look at random decisions of negotiations: every row that they rest on as it was, and each replayed"
    audit = _command(commands, "negotiation", words, Later("negotiating", "negotiation"))
    audit.add_argument("act", choices=("audit",))
    audit.add_argument("--sample", type=int, default=1_000, help="how many decisions are drawn")
    audit.add_argument("--seed", type=int, default=1, help="what they are drawn by")


def _lineage(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    known = _command(
        commands,
        "lineage",
        "say where a value comes from and goes to, or write all of it as OpenLineage events",
        Later("lineage", "lineage"),
    )
    known.add_argument("act", choices=("field", "export", "coverage"))
    known.add_argument("name", nargs="?", default="", help="of field: entity.field, or kind:name (metric:won_amount)")
    known.add_argument("--hops", type=int, default=2, help="of field: how far to follow")
    known.add_argument("--out", type=Path, default=None, help="of export: the file to write")


def _modelling(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    model = _command(
        commands, "model", "train models, read their cards, put them live, score rows", Later("modelling", "model")
    )
    model.add_argument("act", choices=("list", "train", "card", "deploy", "rollback", "score", "check-file"))
    model.add_argument("name", nargs="?", help="the model; of check-file an ONNX file")
    model.add_argument("--version", type=int, default=None, help="of card and deploy: which version")
    model.add_argument("--user", default="", help="the account that approves it, or whose rights rows are read with")
    model.add_argument("--reason", default="", help="of deploy and rollback: why, for the history")
    model.add_argument("--despite", action="store_true", help="of deploy: although it is not shown to be better")
    model.add_argument("--out", type=Path, default=None, help="of score: write the answers to this CSV file")
    model.add_argument("--pipeline", default="", help="of train and score: the pipeline whose rows they are")
    model.add_argument("--record", action="append", default=[], metavar="ID", help="of score: a row of the pipeline")
    _rows_of_models(model)
    model.add_argument("--task", choices=("event", "number"), default="event", help="foretell an event or a number")
    model.add_argument("--learner", choices=("auto", "trees", "logistic"), default="auto")
    model.add_argument("--calibrate", choices=("auto", "platt", "isotonic", "none"), default="auto")
    model.add_argument("--interval", type=float, default=0.9, help="level of the intervals of numbers")
    model.add_argument("--trees", type=int, default=150, help="most trees")
    model.add_argument("--reweigh", action="store_true", help="weigh the rare answer up; always calibrated back")
    model.add_argument("--group-by", default="", help="category whose values get intervals of their own")
    model.add_argument("--heuristic", default="", metavar="COLUMN=BOUND", help="a published rule to stand beside it")
    model.add_argument("--entity", default="", help="entity whose rows the keys are")
    model.add_argument("--approve-by", default="", help="role that may put it live beside administrators")


def _estimating(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    words = "estimate what one more point of discount does, read it, put it live"
    effect = _command(commands, "effect", words, Later("estimating", "effect"))
    effect.add_argument("act", choices=("list", "train", "show", "deploy", "rollback"))
    effect.add_argument("name", nargs="?", help="the effect")
    effect.add_argument("--version", type=int, default=None, help="of show and deploy: which version")
    effect.add_argument("--user", default="", help="the account that approves it, or whose rights rows are read with")
    effect.add_argument("--reason", default="", help="of deploy and rollback: why, for the history")
    effect.add_argument(
        "--despite", action="store_true", help="of deploy: although it says nothing, to tell people why"
    )
    effect.add_argument("--pipeline", default="", help="of train: the pipeline whose rows they are")
    _rows_of_models(effect)
    effect.add_argument("--treatment", default="", metavar="COLUMN", help="of train: what is given more or less of")
    effect.add_argument(
        "--cluster", default="", metavar="COLUMN", help="rows of one value belong together: the customer"
    )
    effect.add_argument(
        "--by", action="append", default=[], metavar="COLUMN", help="answered for by itself: the region"
    )
    effect.add_argument("--recorded", default="", metavar="COLUMN", help="the recorded reason of the treatment")
    effect.add_argument("--step", type=float, default=0.01, help="how much of the treatment one step is")
    effect.add_argument("--fewest", type=int, default=50, help="rows under which nothing is said of a cell")
    effect.add_argument("--interval", type=float, default=0.9, help="level of the intervals")
    effect.add_argument("--entity", default="", help="entity whose rows the keys are")
    effect.add_argument("--approve-by", default="", help="role that may put it live beside administrators")


def _rows_of_models(model: argparse.ArgumentParser) -> None:
    model.add_argument(
        "--table", type=Path, default=None, help="of train and score: rows as CSV, names in its first line"
    )
    model.add_argument("--at", default="", metavar="COLUMN", help="when each row was decided on")
    model.add_argument("--target", default="", metavar="COLUMN", help="how it turned out: 0 or 1, or a number")
    model.add_argument("--key", default="", metavar="COLUMN", help="ids of the rows")
    model.add_argument("--unit", default="", metavar="COLUMN", help="ids of their units")
    model.add_argument("--category", action="append", default=[], metavar="COLUMN", help="numbers that are names")
    model.add_argument("--leave-out", action="append", default=[], metavar="COLUMN", help="not a feature")
    model.add_argument(
        "--group", action="append", default=[], metavar="COLUMN=GROUP", help="business group of a column"
    )
    model.add_argument("--monotone", action="append", default=[], metavar="COLUMN=±1", help="only rises, or only falls")
    model.add_argument("--holdout", type=float, default=0.25, help="share of the latest rows that is held out")
    model.add_argument("--gap", type=int, default=0, help="days before them that are left out")
