"""The files of deployment against the product: every path, setting and command that they name is there."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from engine.cli.arguments import make_parser
from engine.runtime.settings import PREFIX, setting_fields

pytestmark = pytest.mark.one_database
ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
SETTINGS = {PREFIX + one.name.upper() for one in setting_fields()} | {f"{PREFIX}SETTINGS"}
FILES = sorted(path for path in [*DEPLOY.iterdir(), ROOT / "docs/guide/deploying.md"] if path.is_file())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_setting_that_is_named_exists(path: Path) -> None:
    named = set(re.findall(r"\bDOUGONG_[A-Z_]+", path.read_text("utf-8"))) - {"DOUGONG_NAME"}
    assert named <= SETTINGS
    if path.name in {"dougong.service", "Containerfile", "deploying.md"}:
        assert named


def test_every_setting_that_is_misspelt_is_found() -> None:
    """The control."""
    assert "DOUGONG_EXTERNAL_URI" not in SETTINGS


def steps() -> list[tuple[str, str]]:
    text = (DEPLOY / "Containerfile").read_text("utf-8").replace("\\\n", " ")
    return [
        (line.split(None, 1)[0], line.split(None, 1)[1])
        for line in text.splitlines()
        if line and not line.startswith("#")
    ]


def test_every_step_of_the_container_file_fits_the_repository() -> None:
    stages, copied = set[str](), set[str]()
    for verb, rest in steps():
        assert verb in {
            "FROM",
            "WORKDIR",
            "COPY",
            "RUN",
            "ENV",
            "USER",
            "VOLUME",
            "EXPOSE",
            "STOPSIGNAL",
            "HEALTHCHECK",
            "CMD",
        }
        if verb == "FROM" and " AS " in rest:
            stages.add(rest.rsplit(" AS ", 1)[1])
        if verb == "COPY" and rest.startswith("--from="):
            assert rest.split()[0].removeprefix("--from=") in stages
        elif verb == "COPY":
            *sources, _ = rest.split()
            assert [one for one in sources if not (ROOT / one).exists()] == []
            copied.update(sources)
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    packages = re.search(r"packages = \[(.*)\]", project)
    assert packages
    assert set(re.findall(r'"(\w+)"', packages[1])) | {"pyproject.toml", "README.md"} <= copied
    verbs = [verb for verb, _ in steps()]
    last = dict(steps())
    assert last["USER"] == "dougong"
    assert verbs.index("USER") > max(at for at, verb in enumerate(verbs) if verb == "RUN")
    command = re.findall(r'"([^"]+)"', last["CMD"])
    assert make_parser().parse_args(command[1:]).run.name == "serve"
    python = re.search(r'requires-python = ">=(3\.\d+)"', project)
    assert python
    assert f"python:{python[1]}-slim" in last["FROM"]


def test_the_unit_starts_the_product_and_is_well_formed(tmp_path: Path) -> None:
    text = (DEPLOY / "dougong.service").read_text("utf-8")
    command = re.search(r"^ExecStart=(\S+) (.*)$", text, re.MULTILINE)
    assert command
    assert command[1].endswith("/bin/dougong")
    assert make_parser().parse_args(command[2].split()).run.name == "serve"
    state = re.search(r"^StateDirectory=(.*)$", text, re.MULTILINE)
    assert state
    assert f"DOUGONG_DATA=/var/lib/{state[1]}" in text
    if shutil.which("systemd-analyze"):
        program = tmp_path / "dougong"
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
        unit = tmp_path / "dougong.service"
        unit.write_text(text.replace(command[1], str(program)))
        assert _verified(unit) == ""
        unit.write_text(text.replace(command[1], str(program)).replace("Restart=on-failure", "Restrat=often"))
        assert "Restrat" in _verified(unit)


def _verified(unit: Path) -> str:
    done = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False)
    return "\n".join(line for line in (done.stdout + done.stderr).splitlines() if unit.name in line)


def test_the_proxies_replace_what_a_client_says_of_itself() -> None:
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in (DEPLOY / "nginx.conf").read_text("utf-8")
    assert "header_up X-Forwarded-For {remote_host}" in (DEPLOY / "Caddyfile").read_text("utf-8")
    if shutil.which("caddy"):
        subprocess.run(["caddy", "adapt", "--config", str(DEPLOY / "Caddyfile")], check=True, capture_output=True)
