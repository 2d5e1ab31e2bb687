"""Every code that the compiler reports, in one catalogue."""

from __future__ import annotations

from engine.dsl.catalogue_meaning import MEANING
from engine.dsl.catalogue_names import NAMES
from engine.dsl.catalogue_shape import SHAPE
from engine.dsl.catalogue_text import TEXT

CATALOGUE = TEXT.merge(SHAPE, NAMES, MEANING)
