"""Lines of a plan: one store in one bucket, what is done there, to which rows or files, and on what ground."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Bucket(StrEnum):
    """What becomes of a row: it goes, it stays without the subject, or it stays as it is for a stated ground."""

    ERASABLE = "erasable"
    PSEUDONYMISE = "pseudonymise"
    PROTECTED = "protected"


@dataclass(frozen=True, slots=True)
class PlanLine:
    """One store in one bucket: what is done there (`act`), the keys of the rows or names of the files, and the ground."""

    store: str
    bucket: Bucket
    act: str
    keys: tuple[str, ...]
    ground: str = ""
