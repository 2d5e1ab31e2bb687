"""The plan of a publication: what it changes in words, as text and in the database, before anything is touched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from designer.differences.editions import Edition
from designer.differences.resources import difference
from designer.differences.said import Difference
from designer.differences.texts import TextDifference, text_differences
from engine.diagnostics import Message
from engine.dsl.compiler import Compiler
from engine.extensions import Clock
from engine.installation.migration import plan_migration
from engine.installation.publishing.staging import CannotPublish, Staged, Texts, live_texts, stage
from engine.installation.served import DoesNotCompile, ServedModel
from engine.runtime.design_versions import Sort
from engine.runtime.instants import to_micros
from engine.runtime.schema.executor import Stamp
from engine.runtime.schema.plan import SchemaPlan
from engine.runtime.sealing.moving import mover_of
from engine.runtime.settings import Settings
from engine.runtime.work import Workplace


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be made live: texts that differ from the live ones, who wants it, and how it comes about. `rev` is the
    draft's revision that the texts are of, `restores` the version that is gone back to."""

    texts: Texts
    author: int | None
    sort: Sort = Sort.PUBLISHED
    rev: int = 0
    restores: int | None = None


@dataclass(frozen=True, slots=True)
class PublishPlan:
    """An order worked out: both editions, their difference in words and as text, what the database needs, and the staged
    folders. `earlier` is the id of a version for what is live and in none yet; `live` and `coming` are all texts as they are and as they will be."""

    order: Order
    earlier: int
    stamp: Stamp
    staged: Staged
    before: Edition
    after: Edition
    live: Mapping[str, str]
    coming: Mapping[str, str]
    difference: Difference
    schema: SchemaPlan

    @property
    def texts(self) -> tuple[TextDifference, ...]:
        return text_differences(self.live, self.coming)

    @property
    def packs(self) -> tuple[str, ...]:
        """The packs that change, and those that stand on them: whose tests speak of the change."""
        changed = {file.partition("/")[0] for file in self.order.texts}
        stands = self.after.model.packs
        return tuple(
            name for name, pack in stands.items() if name in changed or changed.intersection(_below(name, stands))
        )


def _below(name: str, packs: Mapping[str, object]) -> set[str]:
    """The packs that a pack stands on, however far below."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        required = getattr(packs.get(waiting.pop()), "requires", ())
        waiting += [one for one in required if one not in found]
        found.update(required)
    return found


class Planner:
    """Works orders out; keeps what the compiler has read between two."""

    def __init__(self, settings: Settings, workplace: Workplace, models: ServedModel, clock: Clock) -> None:
        self._settings = settings
        self._workplace = workplace
        self._models = models
        self._clock = clock
        self._compiler = Compiler((), models.compiler.widgets, models.compiler.nodes, models.compiler.connectors)

    def plan(self, order: Order, place: Path) -> PublishPlan:
        """Work an order out; the packs that it changes are staged below `place`, an empty folder.

        Raises CannotPublish when nothing would change, DoesNotCompile, PlanImpossible, OSError.
        """
        folders = self._models.compiler.folders
        live = live_texts(folders)
        texts = {file: text for file, text in order.texts.items() if live.get(file) != text}
        if not texts:
            raise CannotPublish(Message("没有可发布的改动", "There is nothing to publish"))
        compiler = self._models.compiler
        before = Edition(self._models.current(), compiler.documents(), compiler.widgets, compiler.nodes)
        earlier, id = self._workplace.ids.next(), self._workplace.ids.next()
        staged = stage(place, self._settings, folders, texts, id)
        after = self._edition(staged.compiled)
        stamp = Stamp(id, to_micros(self._clock.now()), after.model.fingerprint)
        schema = plan_migration(
            self._workplace.database, after.model, stamp, before.model, mover_of(self._workplace.vault)
        )
        coming = live_texts(staged.compiled)
        return PublishPlan(
            order, earlier, stamp, staged, before, after, live, coming, difference(before, after), schema
        )

    def _edition(self, folders: Sequence[Path]) -> Edition:
        """The folders compiled; the compiler remembers what it read before."""
        compiler = self._compiler
        compiler.folders = tuple(folders)
        compilation = compiler.compile()
        if compilation.model is None:
            raise DoesNotCompile(compilation.diagnostics)
        return Edition(compilation.model, compilation.documents, compiler.widgets, compiler.nodes)
