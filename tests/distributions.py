"""Distributions that tests install, into a site folder of their own: what an installer writes, from what the author wrote."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

NODES = Path(__file__).parent / "fixtures/node_distribution"


def install(source: Path, site: Path) -> None:
    """Install the modules of a distribution with its metadata and entry points, as its pyproject.toml says."""
    project = tomllib.loads((source / "pyproject.toml").read_text("utf-8"))["project"]
    for module in sorted(source.glob("*.py")):
        shutil.copy(module, site / module.name)
    known = site / f"{str(project['name']).replace('-', '_')}-{project['version']}.dist-info"
    known.mkdir()
    (known / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n")
    points = [
        f"[{group}]\n" + "".join(f"{name} = {place}\n" for name, place in named.items())
        for group, named in project["entry-points"].items()
    ]
    (known / "entry_points.txt").write_text("\n".join(points), "utf-8")
