"""Templates import what there is: a macro that is gone would be missed only when the page is shown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import Environment, nodes
from jinja2.exceptions import TemplateNotFound

from engine.application import TEMPLATES
from engine.widgets.render import WIDGETS_FOLDER, make_environment

ENVIRONMENT = make_environment(lambda name: name, TEMPLATES)


def missing(environment: Environment, name: str) -> Iterator[str]:
    """What a template imports and the other one does not define."""
    tree = environment.parse(_text(environment, name))
    for one in tree.find_all((nodes.FromImport,)):
        assert isinstance(one.template, nodes.Const)
        other = str(one.template.value)
        defined = {macro.name for macro in environment.parse(_text(environment, other)).find_all(nodes.Macro)}
        for asked in one.names:
            wanted = asked[0] if isinstance(asked, tuple) else asked
            if wanted not in defined:
                yield f"{name}: {other} has no {wanted}"


def _text(environment: Environment, name: str) -> str:
    assert environment.loader is not None
    try:
        return environment.loader.get_source(environment, name)[0]
    except TemplateNotFound:
        return ""


@pytest.mark.one_database
def test_every_import_of_every_template_is_there() -> None:
    names = ENVIRONMENT.list_templates(extensions=["html"])
    assert len(names) > 40
    assert [line for name in names for line in missing(ENVIRONMENT, name)] == []


@pytest.mark.one_database
def test_an_import_of_nothing_is_found(tmp_path: Path) -> None:
    (tmp_path / "some.html").write_text(
        '{% from "shell/macros.html" import badge, nosuch %}{% from "parts/nowhere.html" import x %}', "utf-8"
    )
    environment = make_environment(lambda name: name, tmp_path, TEMPLATES, WIDGETS_FOLDER)
    assert list(missing(environment, "some.html")) == [
        "some.html: shell/macros.html has no nosuch",
        "some.html: parts/nowhere.html has no x",
    ]
