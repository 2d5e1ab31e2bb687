"""Values at the edge: what a person or a program writes, what is stored, what JSON gives back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from runtime.builders import field, label, relation

from engine.model.entities import Choice, Field, FieldKind
from engine.model.errors import ValidationFailed
from engine.runtime.storage.fields import storage_of
from engine.runtime.storage.json import json_of, parse_json
from engine.runtime.storage.writing import json_writer

AMOUNT = field("amount", FieldKind.MONEY)
STAGE = field("stage", FieldKind.CHOICE, choices=(Choice("open", label("open")), Choice("won", label("won"))))
TAGS = field("tags", FieldKind.CHOICES, choices=(Choice("a", label("a")), Choice("b", label("b"))))
SPOT = field("spot", FieldKind.LOCATION)
TIANANMEN = "wx4g0dn3+39.913596+116.397756/"
"""Where the published examples of the systems of coordinates lie: 31.1774276, 121.5272106 is drawn at 31.17530398,
121.53154186 in GCJ-02 (eviltransform), 39.915, 116.404 of GCJ-02 at 39.92133699, 116.41036949 in BD-09 (coordtransform).
"""

READ: list[tuple[Field, object, object]] = [
    (AMOUNT, "120000", Decimal("120000.00")),
    (AMOUNT, "1,234.5", Decimal("1234.50")),
    (AMOUNT, "１２３．４５", Decimal("123.45")),
    (AMOUNT, "¥ 88", Decimal("88.00")),
    (AMOUNT, 7, Decimal("7.00")),
    (AMOUNT, "", None),
    (AMOUNT, "-0.01", Decimal("-0.01")),
    (field("rate", FieldKind.PERCENT), "35%", Decimal("0.3500")),
    (field("count", FieldKind.INTEGER), "１２", 12),
    (field("name"), " e\u0301 ", "é"),
    (field("note", FieldKind.LONG_TEXT), "a\r\nb", "a\nb"),
    (field("name"), "   ", None),
    (field("day", FieldKind.DATE), "2026-02-28", date(2026, 2, 28)),
    (field("at", FieldKind.INSTANT), "2026-03-01T09:00:00+08:00", datetime(2026, 3, 1, 1, tzinfo=UTC)),
    (field("at", FieldKind.INSTANT), "2026-03-01T01:00:00Z", datetime(2026, 3, 1, 1, tzinfo=UTC)),
    (field("length", FieldKind.DURATION), "1:30", timedelta(hours=1, minutes=30)),
    (field("length", FieldKind.DURATION), "PT90S", timedelta(seconds=90)),
    (field("done", FieldKind.BOOLEAN), "on", True),
    (STAGE, "won", "won"),
    (TAGS, ["b", "a", "b"], ("a", "b")),
    (relation("customer", "customer"), "0000000000015", 37),
    (field("phone", FieldKind.PHONE), "１３８ 0013-8000", "138 0013-8000"),
    (field("place", FieldKind.ADDRESS), "浙江省杭州市西湖区文三路", "330106 文三路"),
    (field("place", FieldKind.ADDRESS), {"province": "11", "city": "110108"}, "110108"),
    (SPOT, "31.1774276, 121.5272106", "wtw3m7tm+31.177428+121.527211/"),
    (SPOT, {"lat": "31.17530398", "lng": "121.53154186", "system": "gcj02"}, "wtw3m7tm+31.177428+121.527211/"),
    (SPOT, "https://uri.amap.com/marker?position=121.53154186,31.17530398", "wtw3m7tm+31.177428+121.527211/"),
    (SPOT, {"lat": 39.92133699351021, "lng": 116.41036949371029, "system": "bd09"}, TIANANMEN),
    (SPOT, {"lat": 39.915, "lng": 116.404, "system": "gcj02"}, TIANANMEN),
    (SPOT, "33.8688°S 151.2093°E", "r3gx2f77-33.868800+151.209300/"),
]

REFUSED: list[tuple[Field, object]] = [
    (AMOUNT, "1.234"),
    (AMOUNT, "1e5"),
    (AMOUNT, "12,34"),
    (AMOUNT, 0.1),
    (AMOUNT, True),
    (AMOUNT, "1" + "0" * 16),
    (AMOUNT, "0." + "0" * 30 + "1"),
    (AMOUNT, "NaN"),
    (AMOUNT, Decimal("Infinity")),
    (AMOUNT, "12 万"),
    (field("count", FieldKind.INTEGER), "1.5"),
    (field("name"), "a\x00b"),
    (field("name"), "\ud800"),
    (field("name"), "a\nb"),
    (field("name"), 5),
    (field("day", FieldKind.DATE), "2026-02-30"),
    (field("day", FieldKind.DATE), "2026-2-3"),
    (field("day", FieldKind.DATE), "20260203"),
    (field("at", FieldKind.INSTANT), "2026-03-01T09:00:00"),
    (field("at", FieldKind.INSTANT), "yesterday"),
    (field("done", FieldKind.BOOLEAN), "maybe"),
    (STAGE, "lost"),
    (TAGS, ["c"]),
    (relation("customer", "customer"), "not an id"),
    (relation("customer", "customer"), -1),
    (field("mail", FieldKind.EMAIL), "nobody"),
    (field("site", FieldKind.URL), "javascript:alert(1)"),
    (field("place", FieldKind.ADDRESS), "33 文三路"),
    (field("place", FieldKind.ADDRESS), "文三路 90 号"),
    (field("place", FieldKind.ADDRESS), {"province": "33", "district": "330106"}),
    (field("place", FieldKind.ADDRESS), {"province": "33", "city": "1301"}),
]


@pytest.mark.parametrize(("declared", "written", "value"), READ)
def test_a_written_value_is_read_strictly(declared: Field, written: object, value: object) -> None:
    assert parse_json(written, declared) == value


@pytest.mark.parametrize(("declared", "written"), REFUSED)
def test_a_value_that_does_not_fit_is_refused_by_name_and_never_quoted(declared: Field, written: object) -> None:
    with pytest.raises(ValidationFailed) as refused:
        parse_json(written, declared)
    problem = refused.value.problems[0]
    assert problem.field == declared.name
    assert str(written) not in problem.message.zh + problem.message.en or len(str(written)) < 3


@pytest.mark.parametrize("dialect", ["sqlite", "postgres"])
@pytest.mark.parametrize(("declared", "written", "value"), READ)
def test_what_is_stored_comes_back(declared: Field, written: object, value: object, dialect: str) -> None:
    storage = storage_of(declared)
    assert storage.decode(storage.encode(value, dialect), dialect) == value


@pytest.mark.parametrize("dialect", ["sqlite", "postgres"])
@pytest.mark.parametrize(("declared", "written", "value"), [one for one in READ if one[2] is not None])
def test_a_stored_value_is_written_as_json_as_its_python_value_is(
    declared: Field, written: object, value: object, dialect: str
) -> None:
    storage, write = storage_of(declared), json_writer(declared, dialect)
    stored = storage.encode(value, dialect)
    body, expected = stored if write is None else write(stored), json_of(value, declared)
    assert (type(body), body) == (type(expected), expected)


@pytest.mark.parametrize(("declared", "written", "value"), READ)
def test_json_and_back_is_identity(declared: Field, written: object, value: object) -> None:
    assert parse_json(json_of(value, declared), declared) == value


def test_money_is_text_with_all_its_places_in_json() -> None:
    assert json_of(Decimal("120000"), AMOUNT) == "120000.00"


def test_a_wall_clock_is_read_in_the_readers_zone() -> None:
    at = parse_json("2026-03-01T09:00", field("at", FieldKind.INSTANT), zone="Asia/Shanghai")
    assert at == datetime(2026, 3, 1, 1, tzinfo=UTC)


def test_every_kind_has_a_storage() -> None:
    assert {storage_of(field("x", kind)).physical for kind in FieldKind}
