"""The environment of templates writes what Jinja2 writes by itself, for every kind of value that a view may give."""

from __future__ import annotations

import pytest
from jinja2 import DictLoader, Environment, StrictUndefined, UndefinedError
from markupsafe import Markup

from engine.widgets.environment import TemplateEnvironment


class Drawn:
    """Something that knows how it stands in HTML."""

    def __html__(self) -> str:
        return "<i>drawn</i>"


class Spoken:
    """Something that has words, which are no HTML."""

    def __str__(self) -> str:
        return "a < b & 'c' \"d\""


TEMPLATES = {
    "values": "{% for one in values %}[{{ one }}]{% endfor %}",
    "members": "{{ view.rows }}{{ view.items() | list }}{{ view.none is defined }}{{ view['get'] }}{{ view.get('rows') }}",
    "calls": "{% macro cell(one) %}<b>{{ one }}</b>{% endmacro %}{{ cell('<') }}{{ cell(one='&') }}{{ t('是', 'yes') }}",
    "pieces": "{% set piece %}<u>{{ words }}</u>{% endset %}{{ piece }}{{ piece ~ words }}{{ words | upper }}{{ 1 + 1 }}",
    "wrapped": "{% macro box() %}<p>{{ caller() }}</p>{% endmacro %}{% call box() %}{{ words }}{% endcall %}",
    "spread": "{{ t(*both) }}{{ t(**{'zh': '<', 'en': '>'}) }}",
}
VALUES = {
    "values": [
        "<a>",
        "plain",
        "'\"&",
        Markup("<b>&amp;</b>"),
        Drawn(),
        Spoken(),
        7,
        1.5,
        None,
        True,
        ("<", 1),
        {"<": 1},
    ],
    "view": {"rows": "<rows>", "items": "a key that is a method's name", "get": "<get>"},
    "words": "<words & more>",
    "both": ("<", ">"),
    "t": lambda zh, en="": zh,
}


def made(kind: type[Environment]) -> Environment:
    return kind(loader=DictLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)


@pytest.mark.parametrize("name", TEMPLATES)
def test_it_writes_what_jinja_writes(name: str) -> None:
    ours, theirs = (made(kind).get_template(name).render(VALUES) for kind in (TemplateEnvironment, Environment))
    assert ours == theirs
    assert "<words" not in ours


@pytest.mark.parametrize("text", ["{{ nothing }}", "{{ view.nothing }}", "{{ t_of_nobody(1) }}", "{{ view.rows.x }}"])
def test_a_name_that_is_none_stays_an_error(text: str) -> None:
    with pytest.raises(UndefinedError):
        made(TemplateEnvironment).from_string(text).render(VALUES)


def test_a_function_of_templates_that_is_missing_stays_an_error() -> None:
    with pytest.raises(UndefinedError):
        made(TemplateEnvironment).from_string("{{ t('a', 'b') }}").render()
