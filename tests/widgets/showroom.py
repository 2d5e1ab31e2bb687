"""The showroom: an installation in which every widget stands once, and people who see it in different states.

`nobody` has no rows, `one` a single one, `many` a thousand things and one with a thousand parts, `wild` rows whose texts
are hostile or as long as they may be; `stranger` may open the pages and read nothing.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher

from engine.application import bring_up_to_date, open_installation
from engine.installation.served import ServedModel, compiled_packs
from engine.model.context import Context, Principal
from engine.model.locations import Location
from engine.runtime.identity.users import NewUser, create_user
from engine.runtime.organisation.members import Membership, take_seat
from engine.runtime.organisation.units import Unit, add_unit
from engine.runtime.records.loading import finish_loading, load_rows
from engine.runtime.settings import Settings
from engine.runtime.work import Work
from tests.conftest import FixedClock
from tests.images import Images

PACK = Path(__file__).parent / "contract_pack"
NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
SINCE = date(2020, 1, 1)
PASSWORD = "dougong-demo"
HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
ROWS = {"nobody": 0, "one": 1, "many": 1000, "wild": 8}
"""How many things each person sees."""
HOSTILE = "<img src=x onerror=alert(1)>\"'><svg onload=alert(2)>{{7*7}}${7*7}"
"""A text that runs, closes an attribute or is worked out where it is not escaped."""
LONGEST = "很长很长的名称没有可以断开的地方" * 12
WIDEST = "W" * 190
_KINDS = ("small", "large", "fragile", None)
_STAGES = ("stored", "shown", "gone")


@cache
def showroom_model() -> ServedModel:
    """The pack of the showroom, compiled once for all tests of a process."""
    return compiled_packs(str(PACK))


def make_showroom(folder: Path, url: str) -> dict[str, int]:
    """The showroom in an empty folder and database; the first thing that each person sees, and what else was made, by name."""
    installation = open_installation(Settings(data=folder, database=url), FixedClock(NOW), showroom_model())
    bring_up_to_date(installation)
    ids: dict[str, int] = {}
    context = Context(Principal(0, "setup", frozenset(), service="setup"), NOW)
    installation.workplace.write(context, lambda work: _fill(work, ids))
    installation.database.close()
    return ids


SHOWROOMS = Images(make_showroom)


def _fill(work: Work, ids: dict[str, int]) -> None:
    for person, rows in ROWS.items():
        _hall(work, ids, person)
        _things(work, ids, person, rows)
    stranger = NewUser(work.ids.next(), "stranger", "stranger", 0, HASH, roles=("stranger",))
    create_user(work.session, stranger)
    finish_loading(work, {"thing", "part", "visit"})


def _hall(work: Work, ids: dict[str, int], person: str) -> None:
    """A hall of one's own with its guide; the names of the wild one's are hostile too."""
    hall, user = work.ids.next(), work.ids.next()
    ids[f"{person}_hall"], ids[f"{person}_user"] = hall, user
    name = HOSTILE if person == "wild" else f"{person} hall"
    add_unit(work.session, work.model, Unit(hall, f"hall_{person}", "hall", name, None, None, SINCE, None))
    create_user(work.session, NewUser(user, person, HOSTILE[:60] if person == "wild" else person, 0, HASH))
    take_seat(work.session, work.model, Membership(work.ids.next(), user, hall, "guide", SINCE, None))


def _things(work: Work, ids: dict[str, int], person: str, rows: int) -> None:
    model, things = work.model, []
    for at in range(rows):
        record = work.ids.next()
        things.append((record, _thing(ids, person, at)))
        ids.setdefault(f"{person}_thing", record)
    load_rows(work, model.entities["thing"], things)
    if not things:
        return
    first = things[0][0]
    parts = [(work.ids.next(), {"thing": first, "name": _name(person, at), "price": Decimal(at)}) for at in range(rows)]
    load_rows(work, model.entities["part"], parts)
    visits = [
        (
            work.ids.next(),
            {
                "thing": first,
                "name": _name(person, at),
                "words": _name(person, at),
                "came_on": NOW.date() - timedelta(days=at % 90),
                "guide": ids[f"{person}_user"],
                "day_name": f"d{at % 7 + 1}",
                "hour_slot": 9 + at % 12,
                "heads": at % 5 + 1,
                "paid": Decimal(at % 5 + 1) * 10,
            },
        )
        for at in range(rows)
    ]
    load_rows(work, model.entities["visit"], visits)


def _thing(ids: dict[str, int], person: str, at: int) -> dict[str, object]:
    return {
        "name": _name(person, at),
        "hall": ids[f"{person}_hall"],
        "keeper": ids[f"{person}_user"],
        "stage": _STAGES[at % 3],
        "kind": _KINDS[at % 4],
        "amount": Decimal(at * 100),
        "share": Decimal(at % 100) / 100,
        "area": Decimal(at * 25) / 100 if at % 5 else None,
        "due_on": NOW.date() + timedelta(days=at % 60 - 30),
        "seen_at": NOW - timedelta(hours=at),
        "lent": at % 2 == 0,
        "phone": HOSTILE[:20] if person == "wild" else "13800000000",
        "note": _name(person, at),
        "spot": _spot(person, at) if at % 10 else None,
    }


def _spot(person: str, at: int) -> str:
    """Some ten places that stand close, and others all over the country."""
    near = at % 3 == 0
    lat, lng = (
        (30_000_000 + at * 31, 120_000_000 + at * 17)
        if near
        else (20_000_000 + at * 29_000, 90_000_000 + at * 7_919 * 4)
    )
    return Location(lat, lng, at % 40 or None, "", HOSTILE if person == "wild" else "").stored


def _name(person: str, at: int) -> str:
    if person != "wild":
        return f"{person} thing {at:04d}"
    return (HOSTILE, LONGEST[:200], WIDEST)[at % 3]
