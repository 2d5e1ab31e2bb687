"""`dougong lsp`."""

from __future__ import annotations

import argparse

from engine.cli.console import Console
from engine.cli.language_server.server import serve
from engine.cli.language_server.session import Session
from engine.installation.served import WIDGETS, pack_folders, shipped_folder
from engine.runtime.nodes.registry import node_specs
from engine.runtime.settings import Settings
from engine.widgets.registry import read_widgets


def lsp(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    """Answer an editor over the standard pipes until it goes."""
    folders = pack_folders(settings.packs, shipped_folder(settings))
    return serve(Session(folders, read_widgets(WIDGETS), node_specs(), console.language))
