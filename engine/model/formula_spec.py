"""What a function of the formula language is, as authors see it."""

from __future__ import annotations

from dataclasses import dataclass

from engine.model.names import Label


@dataclass(frozen=True, slots=True)
class FunctionSpec:
    """A function as authors see it. `takes` names the kinds of its arguments; `?` marks optional, `*` repeated ones."""

    name: str
    alias: str
    group: str
    takes: tuple[str, ...]
    doc: Label
    example: str

    @property
    def least(self) -> int:
        return sum(1 for one in self.takes if not one.endswith(("?", "*")))

    @property
    def most(self) -> int:
        return 64 if any(one.endswith("*") for one in self.takes) else len(self.takes)


def spec(name: str, alias: str, group: str, takes: str, docs: tuple[str, str], example: str) -> FunctionSpec:
    """A specification; `takes` is separated by spaces, `docs` are Chinese and English."""
    return FunctionSpec(name, alias, group, tuple(takes.split()), Label({"zh": docs[0], "en": docs[1]}), example)
