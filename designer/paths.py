"""Paths of commands: keys, ids of items, indices; and where they lead in the data of a text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from designer.refusals import bad
from engine.diagnostics import Message
from engine.dsl.source import MAX_DEPTH, Path
from engine.dsl.suggestions import suggestion

Steps = Sequence[object]


def read_steps(value: object, name: str = "path") -> Steps:
    """The steps of a path as a command brings it. Raises BadCommand."""
    if not isinstance(value, list) or len(value) > MAX_DEPTH or not all(map(_is_step, value)):
        raise bad(
            f'{name} 须是路径：键、{{"id": …}} 或序号的列表',
            f'`{name}` must be a path: a list of keys, {{"id": …}} or indices',
        )
    return value


def _is_step(step: object) -> bool:
    if isinstance(step, Mapping):
        return set(step) == {"id"} and isinstance(step["id"], str)
    return isinstance(step, str) or (isinstance(step, int) and not isinstance(step, bool))


def resolved(file: str, data: object, steps: Steps, *, last_may_miss: bool = False) -> Path:
    """The path in the data. With `last_may_miss` the last key need not exist yet. Raises BadCommand."""
    path: tuple[str | int, ...] = ()
    for at, step in enumerate(steps):
        is_last = at == len(steps) - 1
        if isinstance(data, Mapping) and isinstance(step, str):
            if step not in data and not (is_last and last_may_miss):
                raise missing(file, steps[: at + 1], suggestion(step, data))
            path, data = (*path, step), data.get(step)
            continue
        index = _index(data, step)
        if index is None or not isinstance(data, list):
            raise missing(file, steps[: at + 1], _known_ids(data, step))
        path, data = (*path, index), data[index]
    return path


def _index(data: object, step: object) -> int | None:
    if not isinstance(data, list):
        return None
    if isinstance(step, Mapping):
        return next((at for at, item in enumerate(data) if _id(item) == step["id"]), None)
    return step if isinstance(step, int) and 0 <= step < len(data) else None


def _id(item: object) -> str | None:
    found = item.get("id") if isinstance(item, Mapping) else None
    return found if isinstance(found, str) else None


def _known_ids(data: object, step: object) -> Message | None:
    if not isinstance(data, list) or not isinstance(step, Mapping):
        return None
    return suggestion(str(step["id"]), [found for item in data if (found := _id(item)) is not None])


def missing(file: str, steps: Steps, hint: Message | None = None) -> Exception:
    where = shown(steps)
    return bad(f"{file} 里没有 {where}", f"There is no {where} in {file}", hint, file=file, path=list(steps))


def shown(steps: Steps) -> str:
    """A path as people read it: `items.k1.label`."""
    return ".".join(str(step["id"] if isinstance(step, Mapping) else step) for step in steps) or "·"


def steps_of(data: object, path: Path) -> list[object]:
    """A path in the data as commands write it: items that have an id are named by it."""
    steps: list[object] = []
    for step in path:
        if isinstance(data, list) and isinstance(step, int):
            item = data[step] if step < len(data) else None
            unique = [_id(one) for one in data].count(_id(item)) == 1
            steps.append({"id": _id(item)} if _id(item) is not None and unique else step)
            data = item
        else:
            steps.append(step)
            data = data.get(step) if isinstance(data, Mapping) else None
    return steps
