"""A publication that is killed at every statement and at every touch of the disk; what a start finds afterwards."""

from __future__ import annotations

import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from engine.installation.publishing import publisher, swapping
from engine.installation.publishing.publisher import Agreement
from engine.runtime.schema.executor import ConsentNeeded
from tests.crash.migrating import Copies
from tests.crash.serving import NURSERY
from tests.crash.stopping import BEFORE, MOMENTS, Death, die
from tests.designer.publishing_world import ENTITY, World, world

TOUCHES = frozenset({"os.rename", "os.remove", "os.mkdir", "os.rmdir", "shutil.rmtree", "shutil.move"})
"""Acts on the disk before which the process can be killed, besides every opening of a file to write."""
Fault = Callable[[], None]


def state_of(folder: Path, database_url: str) -> str:
    """Old, new, or between: what a start makes of texts, tables, versions, and the model that it serves."""
    try:
        return _state_of(folder, database_url)
    except ConsentNeeded:  # it does not start
        return "between"


def _state_of(folder: Path, database_url: str) -> str:
    with world(folder, database_url) as here:
        field = "place" in here.installation.models.current().entities["task"].fields
        signs = {
            "place" in here.columns(),
            "地点" in here.live()[ENTITY],
            "tasks/roles/boss.yaml" in here.live(),
            "tasks/tests/task_status.yaml" not in here.live(),
            bool(here.versions()),
            field,
        }
        clean = not list(swapping.folder_of(here.data).iterdir()) if swapping.folder_of(here.data).exists() else True
    return ("new" if signs == {True} else "old") if len(signs) == 1 and clean else "between"


def publish(folder: Path, database_url: str) -> None:
    with world(folder, database_url) as here:
        _publish(here)


def _publish(here: World) -> None:
    here.publish(here.with_field(), Agreement(note="killed"))


def killed_everywhere(
    folder: Path, database_url: str, stride: int, fault: Fault | None = None, start: int = 1
) -> Iterator[tuple[int, str, str]]:
    """Publish on copies of an installation, killed at every `stride`-th step and moment, until it ends alive."""
    copies = Copies(database_url) if database_url.startswith("postgres") else None
    for step in range(start, 100_000, stride):
        for moment in MOMENTS:
            here = folder.parent / "copy"
            shutil.rmtree(here, ignore_errors=True)
            shutil.copytree(folder, here)
            url = copies.next() if copies else ""
            alive = _killed(here, url, Death(step, moment), fault)
            if alive:
                if copies:
                    copies.drop()
                return
            yield step, moment, state_of(here, url)
            if moment != BEFORE and step > 1 and copies is None and step % 2:
                break


def _killed(folder: Path, url: str, death: Death, fault: Fault | None) -> bool:
    child = NURSERY.Process(target=_child, args=(folder, url, death, fault))
    child.start()
    child.join(120)
    assert child.exitcode in {0, -signal.SIGKILL, -signal.SIGALRM}, child.exitcode
    return child.exitcode == 0


def _child(folder: Path, url: str, death: Death, fault: Fault | None) -> None:
    if fault is not None:
        fault()
    with world(folder, url) as here:
        death.await_it()
        sys.addaudithook(lambda event, arguments: _touched(death, event, arguments))
        _publish(here)


def _touched(death: Death, event: str, arguments: tuple[object, ...]) -> None:
    writes = event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wxa+")
    if event in TOUCHES or writes:
        death.passed += 1
        if death.passed == death.step:
            die()


def without_a_mark() -> None:
    """A planted fault: nothing tells a start that texts were being swapped."""
    swapping.write_private = lambda path, content: None  # type: ignore[assignment]


def recorded_before_the_swap() -> None:
    """A planted fault: the database is migrated and the version recorded before the texts are in place."""
    swapped, applied = publisher.swap, publisher.apply
    late: list[tuple[Path, swapping.Mark]] = []
    publisher.swap = lambda data, mark: late.append((data, mark))  # type: ignore[assignment]

    def apply(*given: object, **named: object) -> None:
        applied(*given, **named)  # type: ignore[arg-type]
        swapped(*late[0])

    publisher.apply = apply  # type: ignore[assignment]
