"""How the compiler's catalogues write an entry: a line for the severity, then both languages."""

from __future__ import annotations

from engine.diagnostics import CatalogueEntry, Message, Severity

_SEVERITIES = {"E": Severity.ERROR, "W": Severity.WARNING, "I": Severity.INFO}

Pair = tuple[str, str]


def entry(code: str, message: Pair, hint: Pair | None = None, example: str = "") -> CatalogueEntry:
    """An entry of `code`, whose letter is the severity; pairs are (zh, en)."""
    return CatalogueEntry(code, _SEVERITIES[code[0]], Message(*message), Message(*hint) if hint else None, example)
