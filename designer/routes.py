"""The designer's addresses, each with its right."""

from __future__ import annotations

from designer import shell_page
from designer.api.draft import DraftApi
from designer.api.sheet import SheetApi
from designer.studio import Studio
from engine.web import imports
from engine.web.dispatch import Right, Route

GET, POST = ("GET",), ("POST",)
DESIGN = Right.DESIGN
API = "/designer/api"
SHELL = ("", "/{editor}/{pack}/{name}", "/{editor}/{pack}/{kind}/{name}")
"""Below what addresses the page itself is shown: its script reads which editor and which file."""


def designer_routes(studio: Studio) -> tuple[Route, ...]:
    """All routes of the designer over a studio."""
    draft, sheet = DraftApi(studio), SheetApi(studio)
    return (
        Route(f"{API}/state", GET, draft.state, DESIGN),
        Route(f"{API}/files/{{pack}}/{{name}}", GET, draft.file, DESIGN),
        Route(f"{API}/files/{{pack}}/{{kind}}/{{name}}", GET, draft.file, DESIGN),
        Route(f"{API}/commands", POST, draft.command, DESIGN, writes=True),
        Route(f"{API}/undo", POST, draft.undo, DESIGN, writes=True),
        Route(f"{API}/redo", POST, draft.redo, DESIGN, writes=True),
        Route(f"{API}/sheets", POST, sheet.look, DESIGN, prepare=imports.spooled, body=imports.MOST_BYTES),
        Route(
            f"{API}/sheets/make",
            POST,
            sheet.make,
            DESIGN,
            writes=True,
            prepare=imports.spooled,
            body=imports.MOST_BYTES,
        ),
        Route(f"{API}/sheets/{{run}}", POST, sheet.bring_in, DESIGN, writes=True, audit="design"),
        *(Route(f"/designer{below}", GET, shell_page.show, DESIGN) for below in SHELL),
    )
