"""A place to practise, in a child process: what is asked for there is worked out while the server goes on serving."""

from __future__ import annotations

import shutil
import tempfile
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import replace
from pathlib import Path

from designer.workflows.practice import Drafted, Part, Standing, Trial, Walked
from engine.diagnostics import DougongError
from engine.extensions import Worker
from engine.installation.practising import Walk, names_about, try_out, walk

SECONDS, MEGABYTES = 300.0, 1_500
KEPT = 32
"""Answers that are remembered."""
LEG = 8
"""Tests that are run before it is told how far it is."""
Tell = Callable[[Standing], None]


class PracticeGround:
    """Asks the child, one question after another, and keeps what it answered."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._answers: OrderedDict[Hashable, Standing] = OrderedDict()
        self._lock = threading.Lock()
        self._place = Path(tempfile.mkdtemp(prefix="dougong-practice-"))
        weakref.finalize(self, shutil.rmtree, self._place, True)

    def tried(self, draft: Drafted, trial: Trial) -> Standing:
        """What a workflow comes to; nobody gets an answer that was worked out for another."""
        key = (draft.fingerprint, trial.file, repr(trial.wish), trial.context.principal.user_id, trial.context.language)
        return self._answer(key, lambda tell: Standing(1, 1, self._call(try_out, self._placed(draft), trial)))

    def walked(self, draft: Drafted, entity: str) -> Standing:
        """What the app tests about an entity walk."""
        return self._answer((draft.fingerprint, entity), lambda tell: self._walked(self._placed(draft), entity, tell))

    def _placed(self, draft: Drafted) -> Drafted:
        """The draft with a place that goes when this process ends, however the child does."""
        return replace(draft, place=self._place)

    def _walked(self, draft: Drafted, entity: str, tell: Tell) -> Standing:
        names = self._call(names_about, draft, entity)
        assert isinstance(names, tuple)
        parts: dict[Part, tuple[str, ...]] = {}
        failed: list[str] = []
        for at in range(0, len(names), LEG):
            tell(Standing(at, len(names)))
            found = self._call(walk, draft, entity, frozenset(names[at : at + LEG]))
            assert isinstance(found, Walk)
            for part, tests in found.parts.items():
                parts[part] = (*parts.get(part, ()), *tests)
            failed += found.failed
        return Standing(len(names), len(names), Walked(parts, names, tuple(failed)))

    def _call(self, function: Callable[..., object], *arguments: object) -> object:
        return self._worker.call(function, *arguments, seconds=SECONDS, megabytes=MEGABYTES)

    def _answer(self, key: Hashable, work_out: Callable[[Tell], Standing]) -> Standing:
        """How far the answer to a question is; one that failed is worked out anew when it is asked again."""
        with self._lock:
            found = self._answers.get(key)
            if found is not None:
                if found.refusal is not None:
                    del self._answers[key]
                return found
            self._answers[key] = Standing()
            while len(self._answers) > KEPT:
                self._answers.popitem(last=False)
        threading.Thread(target=self._work, args=(key, work_out), name="practice", daemon=True).start()
        return Standing()

    def _work(self, key: Hashable, work_out: Callable[[Tell], Standing]) -> None:
        try:
            self._tell(key, work_out(lambda standing: self._tell(key, standing)))
        except DougongError as error:
            self._tell(key, Standing(refusal=error.message))

    def _tell(self, key: Hashable, standing: Standing) -> None:
        with self._lock:
            self._answers[key] = standing
