"""A page, dashboard or form compiled alone into a model that is there: what a designer sees while dragging."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from types import MappingProxyType

from engine.diagnostics import Diagnostic, has_errors
from engine.dsl.part import PassContext
from engine.dsl.passes.pages import compile_forms, compile_pages
from engine.model.app import AppModel
from engine.model.pages import Form, Page


def page_alone(context: PassContext, model: AppModel) -> AppModel | None:
    """The model with the pages and forms of a context in the place of those of their names; None for one with errors."""
    found = tuple(chain(compile_pages(context), compile_forms(context)))
    if has_errors([one for one in found if isinstance(one, Diagnostic)]):
        return None
    pages = {one.name: one for one in found if isinstance(one, Page)}
    forms = {one.name: one for one in found if isinstance(one, Form)}
    return replace(
        model,
        pages=MappingProxyType({**model.pages, **pages}),
        forms=MappingProxyType({**model.forms, **forms}),
    )
