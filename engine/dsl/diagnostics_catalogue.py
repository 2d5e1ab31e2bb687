"""Every code that the compiler reports, in one catalogue."""

from __future__ import annotations

from engine.dsl.catalogue_knowledge import KNOWLEDGE
from engine.dsl.catalogue_maps import MAPS
from engine.dsl.catalogue_meaning import MEANING
from engine.dsl.catalogue_names import NAMES
from engine.dsl.catalogue_negotiations import NEGOTIATIONS
from engine.dsl.catalogue_nodes import NODES
from engine.dsl.catalogue_pipelines import PIPELINES
from engine.dsl.catalogue_sealing import SEALING
from engine.dsl.catalogue_shape import SHAPE
from engine.dsl.catalogue_sources import SOURCES
from engine.dsl.catalogue_text import TEXT
from engine.dsl.formula_diagnostics import FORMULA_DIAGNOSTICS

CATALOGUE = TEXT.merge(SHAPE, NAMES, MEANING, MAPS, KNOWLEDGE, NEGOTIATIONS, NODES, SOURCES, PIPELINES, SEALING)

ALL_CODES = CATALOGUE.merge(FORMULA_DIAGNOSTICS)
"""The catalogue with the codes of formulas (F…), for the reference and for lookups by code."""
