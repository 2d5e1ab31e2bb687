"""The bill of materials of a bundle, in CycloneDX 1.5: what is in it, which version, under which licence, with which sum."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from email.message import Message
from email.parser import Parser
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5
from zipfile import ZipFile


@dataclass(frozen=True)
class Component:
    """A package in the bundle; `licence` is an SPDX expression or the name that the package gives."""

    name: str
    version: str
    licence: str
    wheel: Path

    @property
    def purl(self) -> str:
        return f"pkg:pypi/{self.name}@{self.version}"


def components(folder: Path) -> list[Component]:
    """The packages of the wheels in a folder, by name."""
    return sorted((_component(wheel) for wheel in folder.glob("*.whl")), key=lambda one: one.name)


def _component(wheel: Path) -> Component:
    with ZipFile(wheel) as opened:
        (name,) = (one for one in opened.namelist() if one.endswith(".dist-info/METADATA") and one.count("/") == 1)
        said = Parser().parsestr(opened.read(name).decode("utf-8"))
    return Component(str(said["Name"]).lower().replace("_", "-"), str(said["Version"]), _licence(said), wheel)


def _licence(said: Message) -> str:
    """What a package says of its licence: the expression, a classifier, or the first line of what it wrote."""
    if said["License-Expression"]:
        return str(said["License-Expression"])
    classified = [str(one) for one in said.get_all("Classifier", []) if str(one).startswith("License ::")]
    if classified:
        return ", ".join(one.rsplit(" :: ", 1)[1] for one in classified)
    written = str(said["License"] or "").strip().splitlines()
    return written[0][:80] if written else ""


def write_sbom(path: Path, product: Component, dependencies: list[Component]) -> None:
    """The document, the same for the same wheels."""
    content = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{uuid5(NAMESPACE_URL, ' '.join(one.purl for one in (product, *dependencies)))}",
        "version": 1,
        "metadata": {"component": _entry(product, "application")},
        "components": [_entry(one, "library") for one in dependencies],
        "dependencies": [{"ref": product.purl, "dependsOn": [one.purl for one in dependencies]}],
    }
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", "utf-8")


def _entry(one: Component, kind: str) -> dict[str, object]:
    digest = hashlib.sha256(one.wheel.read_bytes()).hexdigest()
    named: list[dict[str, object]] = [{"license": {"name": one.licence}}] if one.licence else []
    return {
        "type": kind,
        "bom-ref": one.purl,
        "name": one.name,
        "version": one.version,
        "purl": one.purl,
        "licenses": named,
        "hashes": [{"alg": "SHA-256", "content": digest}],
    }
