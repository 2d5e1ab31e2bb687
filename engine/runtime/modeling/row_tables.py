"""Row tables: a sheet or a list of rows as a feature table, where columns are told what they are by name."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from engine.diagnostics import DougongError, Message
from engine.model.feature_tables import FeatureColumn, FeatureTable
from engine.model.names import Label

MOST_BYTES = 200_000_000


@dataclass(frozen=True, slots=True)
class ColumnRoles:
    """Which column is the moment of decision, the target, the key, the unit; which numbers are categories all the same.

    `groups` name the business group of columns; every other is a group of its own. `monotone` are columns with +1 or -1.
    The last `holdout` of the lines in time are held out, after a `gap` of days that is left out.
    """

    at: str = ""
    target: str = ""
    key: str = ""
    unit: str = ""
    leave_out: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    groups: tuple[tuple[str, str], ...] = ()
    monotone: tuple[tuple[str, int], ...] = ()
    holdout: float = 0.25
    gap: int = 0


class BadRows(DougongError):
    """Rows that are no feature table: which line and column, and what to do."""

    code = "bad_rows"
    status = 422


def table_of_csv(content: bytes, roles: ColumnRoles) -> FeatureTable:
    """A CSV file with a line of names, in UTF-8. Raises BadRows."""
    if len(content) > MOST_BYTES:
        megabytes = MOST_BYTES // 1_000_000
        raise _bad(f"文件超过 {megabytes} MB,请抽样或用流水线", f"Over {megabytes} MB: take a sample, or a pipeline")
    try:
        read = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    except (UnicodeDecodeError, csv.Error):
        raise _bad("文件不是 UTF-8 的 CSV", "The file is no CSV in UTF-8") from None
    if len(read) < 2:
        raise _bad("文件没有数据行", "The file has no lines below its names")
    return table_of_rows(read[0], read[1:], roles)


def table_of_rows(header: Sequence[str], rows: Sequence[Sequence[object]], roles: ColumnRoles) -> FeatureTable:
    """Lines of cells under names, split by time. Raises BadRows."""
    columns = _columns(header, rows)
    wanted = [one for one in (roles.at, roles.target, roles.key, roles.unit) if one]
    named = [*wanted, *roles.categories, *roles.leave_out, *(name for name, _ in (*roles.groups, *roles.monotone))]
    unknown = sorted({name for name in named if name not in columns})
    if unknown:
        raise _bad(f"没有列 {', '.join(unknown)}", f"There is no column {', '.join(unknown)}")
    at = _moments(columns, roles, len(rows))
    target = (
        tuple(_number(cell, line, roles.target) for line, cell in enumerate(columns[roles.target], start=2))
        if roles.target
        else None
    )
    if target is not None and None in target:
        line = target.index(None) + 2
        raise _bad(f"第 {line} 行的标签 {roles.target} 为空", f"Line {line}: the label {roles.target} is empty")
    units = (
        tuple(_whole(cell, line, roles.unit) for line, cell in enumerate(columns[roles.unit], start=2))
        if roles.unit
        else (None,) * len(rows)
    )
    table = FeatureTable(
        (),
        _keys(columns, roles, len(rows)),
        at,
        units,
        (),
        None if target is None else tuple(float(one) for one in target if one is not None),
        (False,) * len(rows),
    )
    features = [name for name in columns if name not in {*wanted, *roles.leave_out}]
    made = [_feature(name, columns[name], roles) for name in features]
    filled = replace(table, columns=tuple(one for one, _ in made), values=tuple(cells for _, cells in made))
    return filled if target is None else split_by_time(filled, roles.holdout, roles.gap)


def split_by_time(table: FeatureTable, holdout: float, gap: int) -> FeatureTable:
    """The later share of the lines held out, the earlier ones learnt from, those of the gap before it left out."""
    if not 0.05 <= holdout <= 0.5:
        raise _bad("holdout 应在 0.05 到 0.5 之间", "holdout is from 0.05 to 0.5")
    ordered = sorted(table.at)
    begins = ordered[min(int(len(ordered) * (1 - holdout)), len(ordered) - 1)]
    until = begins - timedelta(days=gap)
    kept = [at for at, moment in enumerate(table.at) if moment >= begins or moment < until]
    return FeatureTable(
        table.columns,
        tuple(table.keys[one] for one in kept),
        tuple(table.at[one] for one in kept),
        tuple(table.units[one] for one in kept),
        tuple(tuple(column[one] for one in kept) for column in table.values),
        None if table.target is None else tuple(table.target[one] for one in kept),
        tuple(table.at[one] >= begins for one in kept),
    )


def _columns(header: Sequence[str], rows: Sequence[Sequence[object]]) -> dict[str, list[object]]:
    names = [str(name).strip() for name in header]
    if len(set(names)) != len(names) or not all(names):
        raise _bad("列名为空或重复", "A column has no name, or a name occurs twice")
    for line, row in enumerate(rows, start=2):
        if len(row) != len(names):
            raise _bad(
                f"第 {line} 行有 {len(row)} 格,应为 {len(names)} 格",
                f"Line {line} has {len(row)} cells, {len(names)} are due",
            )
    return {name: [row[at] for row in rows] for at, name in enumerate(names)}


def _feature(
    name: str, cells: Sequence[object], roles: ColumnRoles
) -> tuple[FeatureColumn, tuple[float | str | None, ...]]:
    """A column of numbers where all of its cells are, else of categories."""
    monotone = dict(roles.monotone).get(name, 0)
    group = dict(roles.groups).get(name, name)
    label = Label({"zh": name, "en": name})
    given = [None if _is_empty(cell) else cell for cell in cells]
    numbers = None if name in roles.categories else _numbers(given)
    if numbers is None:
        texts = tuple(None if cell is None else str(cell).strip() or None for cell in given)
        return FeatureColumn(name, label, "category", group, "G1"), texts
    return FeatureColumn(name, label, "number", group, "G1", monotone), tuple(numbers)


def _numbers(cells: Sequence[object]) -> list[float | None] | None:
    try:
        return [None if cell is None else float(str(cell)) for cell in cells]
    except ValueError:
        return None


def _is_empty(cell: object) -> bool:
    return cell is None or str(cell).strip() in {"", "NA", "nan", "NaN", "NULL", "null"}


def _keys(columns: dict[str, list[object]], roles: ColumnRoles, lines: int) -> tuple[int, ...]:
    if not roles.key:
        return tuple(range(1, lines + 1))
    found = [_whole(cell, line, roles.key) for line, cell in enumerate(columns[roles.key], start=2)]
    if None in found:
        line = found.index(None) + 2
        raise _bad(f"第 {line} 行的编号 {roles.key} 为空", f"Line {line}: the id {roles.key} is empty")
    return tuple(one for one in found if one is not None)


def _moments(columns: dict[str, list[object]], roles: ColumnRoles, lines: int) -> tuple[datetime, ...]:
    """When each line was decided on; without such a column all at once."""
    if not roles.at:
        return (datetime(2000, 1, 1, tzinfo=UTC),) * lines
    return tuple(_moment(cell, line, roles.at) for line, cell in enumerate(columns[roles.at], start=2))


def _moment(cell: object, line: int, name: str) -> datetime:
    try:
        found = datetime.fromisoformat(str(cell).strip())
    except ValueError:
        raise _bad(
            f"第 {line} 行的 {name} 不是日期或时间,应形如 2026-03-31",
            f"Line {line}: {name} is no date or instant such as 2026-03-31",
        ) from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _number(cell: object, line: int, name: str) -> float | None:
    if _is_empty(cell):
        return None
    try:
        found = float(str(cell))
    except ValueError:
        raise _bad(f"第 {line} 行的 {name} 不是数", f"Line {line}: {name} is no number") from None
    return None if math.isnan(found) else found


def _whole(cell: object, line: int, name: str) -> int | None:
    found = _number(cell, line, name)
    if found is not None and (math.isinf(found) or found != int(found)):
        raise _bad(f"第 {line} 行的 {name} 不是整数", f"Line {line}: {name} is no whole number")
    return None if found is None else int(found)


def _bad(zh: str, en: str) -> BadRows:
    return BadRows(Message(f"{zh}。", f"{en}."))
