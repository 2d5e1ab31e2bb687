"""`dougong lsp`."""

from __future__ import annotations

import argparse

from engine.cli.console import Console
from engine.cli.language_server.server import serve
from engine.cli.language_server.session import Session
from engine.installation.served import WIDGETS, pack_folders, shipped_folder
from engine.runtime.settings import Settings
from engine.widgets.registry import read_widgets


def lsp(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    """Answer an editor over the standard pipes until it goes."""
    return serve(
        Session(pack_folders(settings.packs, shipped_folder(settings)), read_widgets(WIDGETS), console.language)
    )
