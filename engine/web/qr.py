"""QR codes as SVG, drawn on the server: nothing leaves the installation to show one."""

from __future__ import annotations

import segno
from markupsafe import Markup, escape

QUIET = 4
"""Modules of quiet around the code, as ISO/IEC 18004 asks; it stays dark on white in every theme, or no phone reads it."""


def qr_svg(text: str, label: str) -> Markup:
    """An inline SVG of a text, with words for who cannot see it."""
    rows = [list(row) for row in segno.make(text, error="m", micro=False).matrix_iter(border=QUIET)]
    size = len(rows)
    path = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark)
    return Markup(
        '<svg class="qr" viewBox="0 0 {size} {size}" role="img" aria-label="{label}" shape-rendering="crispEdges">'
        '<rect width="{size}" height="{size}" fill="#fff"/><path d="{path}" fill="#000"/></svg>'
    ).format(size=size, label=escape(label), path=path)
