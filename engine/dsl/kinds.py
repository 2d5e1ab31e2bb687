"""The kinds of resources: their folders, in the order in which people read a pack."""

from __future__ import annotations

import re

FOLDERS = (
    "entities", "roles", "access", "units", "forms", "pages", "dashboards", "metrics", "workflows", "sources",
    "destinations", "channels", "pipelines", "negotiations", "maps", "knowledge", "rules", "duties", "alerts", "documents",
    "policies", "texts", "demo", "tests",
)  # fmt: skip
"""Folders of a pack; each is a kind. `pack` is the kind of pack.yaml."""

KINDS = ("pack", *FOLDERS)

PYTHON_FOLDERS = frozenset({"strategy", "sovereignty", "connectors"})
"""Packs that may hold Python beside their text."""

OTHER_FOLDERS = frozenset({"widgets", "__pycache__"})
"""Folders of a pack that other parts read."""

OTHER_FILES = frozenset({"README.md", "README.zh-CN.md", "CHANGELOG.md", "LICENSE", "__init__.py"})

RESERVED_NAMES = frozenset(
    {"user", "unit", "dougong", "true", "false", "empty", "null", "and", "or", "not", "in", "if"}
)
"""Names that the formula language or the kernel's tables use; no entity, field or metric may bear them."""

KERNEL_PREFIXES = ("dougong_", "sqlite_", "pg_")
"""How names of tables begin that belong to the kernel or to a database."""

SYSTEM_COLUMNS = frozenset({"tableoid", "xmin", "cmin", "xmax", "cmax", "ctid", "g3_env", "g4_env"})
"""Columns that every table of PostgreSQL has, and those of envelopes; a field cannot be stored under their names."""

_FILE_NAME = re.compile(r"[a-z][a-z0-9_]{0,47}")
_ORDERED_NAME = re.compile(r"[a-z0-9][a-z0-9_]{0,47}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z][A-Za-z]{1,3})?")


def fits_name(kind: str, name: str) -> bool:
    """Is `name` a name of `kind`? Demo files may start with a number, texts are named by their language."""
    if kind == "texts":
        return _LANGUAGE.fullmatch(name) is not None
    return (_ORDERED_NAME if kind == "demo" else _FILE_NAME).fullmatch(name) is not None


def is_reserved(kind: str, name: str) -> bool:
    """May no resource of `kind` bear this name? An entity's name is that of its table; `__` parts the tables beside it."""
    if kind == "entities" and (name.startswith(KERNEL_PREFIXES) or "__" in name):
        return True
    return kind in {"entities", "metrics"} and name in RESERVED_NAMES
