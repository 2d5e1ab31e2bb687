"""Uses: every place of the definitions that names something else, as the compiler found it. Lineage is drawn from them."""

from __future__ import annotations

from dataclasses import dataclass

from engine.model.formula import Formula
from engine.model.names import Place, ResourceName

Steps = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Use:
    """One name in a definition: where it stands, what it means, and the entity whose rows it speaks of (empty: none).

    `meaning` is what the schema says is named there (field, path, sort, collection, dimension, metric, page, ...), or
    `formula`: then `formula` is the checked one. `steps` lead to it in the text of the resource. `into` is the entity whose
    field the value is written to, where the last step names one.
    """

    resource: ResourceName
    steps: Steps
    meaning: str
    text: str
    entity: str
    place: Place
    formula: Formula | None = None
    into: str = ""
