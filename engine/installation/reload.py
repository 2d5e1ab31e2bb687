"""Hot reload: a saved definition is compiled, its migration shown and applied, the model swapped whole."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog
from watchfiles import watch

from engine.diagnostics import Diagnostic, DougongError, Message, Severity, Span, render_text
from engine.extensions import Clock
from engine.installation.migration import carry_out, migration_stamp, plan_lines, plan_migration
from engine.installation.served import ServedModel
from engine.model.app import AppModel, compare
from engine.runtime.records.changed_formulas import catch_up
from engine.runtime.records.starting_rows import stand_up, starting_context
from engine.runtime.sealing.moving import mover_of
from engine.runtime.work import Workplace

IDLE = 3_000
"""Milliseconds without a change after which the packs are read ahead, and a model is kept for the next start."""
log = structlog.get_logger("dougong.reload")
Say = Callable[[str], None]


class Reloader:
    """Watches the packs in a thread of its own; in development it applies what a change needs by itself."""

    def __init__(self, models: ServedModel, workplace: Workplace, clock: Clock, zone: str, say: Say) -> None:
        self._models = models
        self._workplace = workplace
        self._clock = clock
        self._zone = zone
        self._say = say
        self._unkept: AppModel | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="reload", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()

    def _watch(self) -> None:
        """Reload at every change; once without one, so that the compiler has read everything before the first."""
        read = False
        while not self._stop.is_set():
            folders = self._models.compiler.folders
            for changes in watch(
                *folders,
                stop_event=self._stop,
                debounce=80,
                step=20,
                rust_timeout=IDLE,
                yield_on_timeout=True,
                raise_interrupt=False,
            ):
                if changes or not read:
                    self._try_to_reload()
                    read = True
                else:
                    self._try_to_keep()
                if self._models.compiler.folders != folders:
                    break

    def _try_to_reload(self) -> None:
        """A reload that fails for a reason that nobody foresaw is told too, and the next save is another try."""
        try:
            with self._models.changing:
                self.reload()
        except Exception as error:
            log.error("reload failed", exc_info=error)
            name = type(error).__name__
            self._models.refuse([_refused(Message(f"重新载入失败：{name}", f"The reload failed: {name}"))])

    def reload(self) -> bool:
        """Compile once; True when a new model is served. Errors are said and shown, the old model keeps serving."""
        compilation = self._models.compile()
        if compilation.model is None:
            self._say(render_text(compilation.errors, "zh"))
            return False
        model = compilation.model
        difference = compare(self._models.current(), model)
        if difference.empty:
            return False
        stamp = migration_stamp(model, self._workplace.ids, self._clock)
        try:
            plan = plan_migration(
                self._workplace.database, model, stamp, self._models.current(), mover_of(self._workplace.vault)
            )
            for line in plan_lines(plan, self._workplace.database, "zh", sql=True):
                self._say(line)
            carry_out(self._workplace.database, model, plan, stamp, consent=True)
        except DougongError as error:
            self._models.refuse([_refused(error.message)])
            self._say(error.message.zh)
            return False
        self._models.serve(model)
        context = starting_context(self._clock.now(), self._zone)
        stand_up(self._workplace, context)
        catch_up(self._workplace, context)
        names = [*difference.added, *difference.modified, *difference.removed]
        self._say(f"↻ {'、'.join(str(name) for name in names[:8])}")
        self._unkept = model
        return True

    def _try_to_keep(self) -> None:
        """A model that cannot be kept is compiled at the next start."""
        try:
            self._keep()
        except Exception as error:
            log.error("the model is not kept", exc_info=error)

    def _keep(self) -> None:
        """Keep what is served for the next start: once nobody edits, for it takes as long as the reload."""
        model, self._unkept = self._unkept, None
        if model is None:
            return
        with self._models.changing:
            before = self._models.fingerprint()
            if self._models.compile().model is model:
                self._models.keep(model, before)


def _refused(why: Message) -> Diagnostic:
    return Diagnostic("E900", Severity.ERROR, Span("", 0, 0), why)
