"""What every page carries: tokens, style sheets, icons, the loader. See README.md for the classes."""

from __future__ import annotations

STYLE_BUNDLE = "shared/app.css"
"""The style sheet that every page links; joined from STYLE_SHEETS in this order. Others are linked where they are needed."""

STYLE_SHEETS = (
    "shared/tokens.css",
    "shared/base.css",
    "shared/shell.css",
    "shared/controls.css",
    "shared/form.css",
    "shared/table.css",
    "shared/card.css",
    "shared/board.css",
    "shared/flow.css",
    "shared/chart.css",
    "shared/states.css",
    "shared/print.css",
)
