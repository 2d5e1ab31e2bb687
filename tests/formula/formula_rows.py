"""Random rows of the world: every field empty at times, at its extremes at times, else anywhere between."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as Exact
from itertools import count

from engine.model import formula as types
from engine.model.formula import Moment, Relation, Type, is_number
from tests.formula.formula_world import COLLECTIONS, ENTITIES, MOMENT

ZONES = ("Asia/Shanghai", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Europe/Lisbon", "UTC")
_TEXTS = (
    "",
    " ",
    "\t\n ab \u3000",
    "华为",
    "上海华为技术有限公司",
    "a😀b",
    "𠮷野家",
    "👩‍👩‍👧",
    "ÄÖß",
    "é",
    "-1.50",
    'O\'Hara "x"',
    "\\n%_$",
    "null",
    "ﬀ",
    "\uffff",
    "\U0010ffff",
    "ABCabc" * 30,
)
_CHARACTERS = "abzAZ019 -_%'\"\\\n\t华为商机零\u00a0\u3000é￥😀𠮷\ue000\uffff\U0010ffff"
_FIRST, _LAST = date.min.toordinal(), date.max.toordinal()
_SMALL = random.Random(0).sample(range(-20, 400), 12)


class RowDrawing:
    """Rows and moments by seed; ids are never drawn twice, but a product may stand in several lines."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._ids = count(500_000)

    def moment(self) -> Moment:
        """An instant between 1970 and 2099 in some zone."""
        draw = self._random
        now = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=draw.randrange(4_090_000_000))
        return Moment(now, draw.choice(ZONES), MOMENT.variables)

    def row(self, entity: str = "deal") -> dict[str, object]:
        """The cells of a row as a case writes them: empty ones left out, relations and collections nested."""
        found: dict[str, object] = {}
        for name, of in ENTITIES[entity].items():
            if name not in {"id", "deal"} and self._random.random() > 0.12:
                found[name] = self._cell(of)
        found["id"] = next(self._ids)
        for holder, name in COLLECTIONS:
            if holder == entity:
                found[name] = self._children(COLLECTIONS[holder, name][0])
        return found

    def _children(self, entity: str) -> list[dict[str, object]]:
        rows = [self.row(entity) for _ in range(self._random.choice((0, 0, 1, 2, 3, 5, 9)))]
        for row in rows[1:]:
            if self._random.random() < 0.3 and "product" in rows[0]:
                row["product"] = rows[0]["product"]
        return rows

    def _cell(self, of: Type) -> object:
        if isinstance(of, Relation):
            return self.row(of.entity) if of.entity in ENTITIES else self._random.choice((3, 4, 5, 7))
        return self._number(of) if is_number(of) else self._kinds[type(of)](self, of)

    def _number(self, of: Type) -> str:
        assert isinstance(of, types.Decimal | types.Money)
        draw, most = self._random, 10**of.precision - 1
        scaled = draw.choice(
            (
                0,
                draw.choice((most, -most, 1, -1)),
                draw.choice(_SMALL) * 10**of.scale,
                draw.randint(-(10 ** draw.randint(1, of.precision)) + 1, 10 ** draw.randint(1, of.precision) - 1),
                draw.randint(-(10 ** min(of.precision, 7)), 10 ** min(of.precision, 7)),
                draw.choice((5, 25, 995, -5, -15, 45)) * 10 ** draw.randint(0, 4) % most,
            )
        )
        return f"{Exact(scaled).scaleb(-of.scale):f}"

    def _text(self, of: Type) -> str:
        if self._random.random() < 0.5:
            return self._random.choice(_TEXTS)
        return "".join(self._random.choices(_CHARACTERS, k=self._random.choice((1, 2, 5, 12))))

    def _date(self, of: Type) -> str:
        draw = self._random
        ordinal = draw.choice(
            (
                draw.choice((_FIRST, _FIRST + 1, _LAST, _LAST - 6)),
                draw.randint(_FIRST, _LAST),
                draw.randint(date(1895, 1, 1).toordinal(), date(2105, 1, 1).toordinal()),
                draw.randint(date(2023, 1, 1).toordinal(), date(2027, 1, 1).toordinal()),
                date(draw.choice((1900, 2000, 2024, 2026, 2100)), draw.choice((1, 2, 3, 12)), 28).toordinal()
                + draw.randint(0, 3),
            )
        )
        return date.fromordinal(ordinal).isoformat()

    def _instant(self, of: Type) -> str:
        draw = self._random
        day = self._date(of)
        clock = draw.choice(
            ("00:00:00", "23:59:59.999999", "15:59:59.5", "16:00:00", f"{draw.randint(0, 23):02d}:30:00.000001")
        )
        return f"{day}T{clock}Z"

    def _duration(self, of: Type) -> int:
        draw = self._random
        return draw.choice((0, 1, -59, 86_399, -86_401, 10**13 - 1, 1 - 10**13, draw.randint(-(10**8), 10**8)))

    def _choice(self, of: Type) -> str:
        assert isinstance(of, types.Choice)
        return self._random.choice(of.options)

    def _choices(self, of: Type) -> list[str]:
        assert isinstance(of, types.Choices)
        return self._random.sample(of.options, self._random.randint(0, len(of.options)))

    def _boolean(self, of: Type) -> bool:
        return self._random.random() < 0.5

    _kinds: dict[type, Callable[..., object]] = {
        types.Text: _text,
        types.Date: _date,
        types.Instant: _instant,
        types.Duration: _duration,
        types.Choice: _choice,
        types.Choices: _choices,
        types.Boolean: _boolean,
    }
