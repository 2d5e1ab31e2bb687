"""Warnings of a write on pages: carried sealed to the page that comes next, whichever it is, and told above it."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode, urlsplit, urlunsplit

from engine.model.errors import BadRequest
from engine.runtime.query.cursors import open_cursor, seal_cursor
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.widgets.kept_views import WARNED

MOST, LONGEST = 8, 200
"""So many warnings of so many characters each are carried: an address has its limits."""


def with_warnings(work: Work, address: str, warnings: Sequence[str]) -> str:
    """An address of ours that brings the warnings along, for whoever made the write and nobody else."""
    if not warnings:
        return address
    told = [" ".join(one.split())[:LONGEST] for one in dict.fromkeys(warnings)][:MOST]
    sealed = urlencode({WARNED: seal_cursor(work.key, _binding(work), ("\n".join(told),))})
    parts = urlsplit(address)
    return urlunsplit(parts._replace(query=f"{parts.query}&{sealed}" if parts.query else sealed))


def warnings_told(work: Work, call: Call) -> tuple[str, ...]:
    """What the address of a page brings along; nothing of what was not sealed for its reader."""
    sealed = call.first.get(WARNED, "")
    if not sealed:
        return ()
    try:
        found = open_cursor(work.key, _binding(work), sealed, 1)
    except BadRequest:
        return ()
    return tuple(str(found[0]).split("\n"))


def _binding(work: Work) -> str:
    return f"{WARNED}:{work.context.principal.user_id}"
