"""`make bundle`: wheels of the product and of all it needs, their licences, an SBOM, sums and an install script, in one archive."""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

from bundle.contents import sums, write_licences
from bundle.sbom import Component, components, write_sbom

ROOT = Path(__file__).parents[1]
BUILD = ROOT / "build"
INSTALL = ROOT / "bundle" / "install.sh"


def name_of(product: Component) -> str:
    """The archive's name: version, system, processor, Python."""
    system = f"{platform.system().lower()}_{platform.machine()}"
    return f"dougong-{product.version}-{system}-cp{sys.version_info.major}{sys.version_info.minor}"


def make_wheels(folder: Path) -> None:
    """The wheel of the product and those of everything that it needs, PDFs included, for this machine."""
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--wheel-dir", str(folder), f"{ROOT}[pdf]"]
    subprocess.run(command, check=True)


def main(arguments: list[str]) -> int:
    """Make the bundle in `build/`, or in the folder that is given; prints the archive's path."""
    target = Path(arguments[0]) if arguments else BUILD
    target.mkdir(parents=True, exist_ok=True)
    staging = target / "bundle.coming"
    shutil.rmtree(staging, ignore_errors=True)
    wheels = staging / "wheels"
    wheels.mkdir(parents=True)
    make_wheels(wheels)
    found = components(wheels)
    product = next(one for one in found if one.name == "dougong")
    write_sbom(staging / "sbom.json", product, [one for one in found if one is not product])
    write_licences(staging / "licences", found)
    for file in (ROOT / "LICENSE", ROOT / "NOTICE", ROOT / "SECURITY.md", INSTALL):
        shutil.copy(file, staging / file.name)
    (staging / "SHA256SUMS").write_text(sums(staging), "utf-8")
    name = name_of(product)
    archive = target / f"{name}.tar.gz"
    with tarfile.open(archive, "w:gz") as packed:
        packed.add(staging, name)
    shutil.rmtree(staging)
    print(f"→ {archive} ({archive.stat().st_size / 1_000_000:.1f} MB, {len(found)} packages)")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
