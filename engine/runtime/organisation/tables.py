"""Tables of the organisation kernel. Dates are business dates; `valid_to` is the first day that no longer counts.

`dougong_unit.parent` is where a unit stands today, for filters; `dougong_unit_place` is where it stood when.
"""

from __future__ import annotations

from engine.runtime.schema.tables import Column, ForeignKey, Index, PhysicalKind, Table

UNIT, UNIT_PLACE = "dougong_unit", "dougong_unit_place"
MEMBERSHIP, DELEGATION = "dougong_membership", "dougong_delegation"
APPROVAL_DELEGATION = "dougong_approval_delegation"
"""Tasks of flows that go to somebody else meanwhile: `flows` and `conditions` are JSON lists, empty for all."""

OWNERSHIP = "dougong_ownership"
"""Which unit owned a record when, of records that ever changed hands."""

_ID = Column("id", PhysicalKind.INTEGER, nullable=False)
_FROM = Column("valid_from", PhysicalKind.DATE, nullable=False)
_TO = Column("valid_to", PhysicalKind.DATE)

ORGANISATION_TABLES = (
    Table(
        UNIT,
        (
            _ID,
            Column("code", PhysicalKind.TEXT, nullable=False),
            Column("kind", PhysicalKind.TEXT, nullable=False),
            Column("name", PhysicalKind.TEXT, nullable=False),
            Column("name_en", PhysicalKind.TEXT),
            Column("parent", PhysicalKind.INTEGER),
            _FROM,
            _TO,
        ),
        foreign_keys=(ForeignKey("parent", UNIT),),
        indexes=(Index("dougong_unit__code", ("code",), unique=True), Index("dougong_unit__parent", ("parent",))),
    ),
    Table(
        UNIT_PLACE,
        (
            _ID,
            Column("unit", PhysicalKind.INTEGER, nullable=False),
            Column("parent", PhysicalKind.INTEGER),
            _FROM,
            _TO,
        ),
        foreign_keys=(ForeignKey("unit", UNIT), ForeignKey("parent", UNIT)),
        indexes=(Index("dougong_unit_place__unit", ("unit",)),),
    ),
    Table(
        MEMBERSHIP,
        (
            _ID,
            Column("user_id", PhysicalKind.INTEGER, nullable=False),
            Column("unit", PhysicalKind.INTEGER, nullable=False),
            Column("seat", PhysicalKind.TEXT, nullable=False),
            _FROM,
            _TO,
        ),
        foreign_keys=(ForeignKey("unit", UNIT), ForeignKey("user_id", "dougong_user")),
        indexes=(Index("dougong_membership__user", ("user_id",)), Index("dougong_membership__unit", ("unit", "seat"))),
    ),
    Table(
        DELEGATION,
        (
            _ID,
            Column("from_user", PhysicalKind.INTEGER, nullable=False),
            Column("to_user", PhysicalKind.INTEGER, nullable=False),
            Column("unit", PhysicalKind.INTEGER, nullable=False),
            Column("seat", PhysicalKind.TEXT, nullable=False),
            _FROM,
            Column("valid_to", PhysicalKind.DATE, nullable=False),
        ),
        foreign_keys=(
            ForeignKey("unit", UNIT),
            ForeignKey("from_user", "dougong_user"),
            ForeignKey("to_user", "dougong_user"),
        ),
        indexes=(Index("dougong_delegation__to", ("to_user",)),),
    ),
    Table(
        APPROVAL_DELEGATION,
        (
            _ID,
            Column("from_user", PhysicalKind.INTEGER, nullable=False),
            Column("to_user", PhysicalKind.INTEGER, nullable=False),
            Column("flows", PhysicalKind.TEXT, nullable=False),
            Column("entity", PhysicalKind.TEXT),
            Column("conditions", PhysicalKind.TEXT, nullable=False),
            _FROM,
            Column("valid_to", PhysicalKind.DATE, nullable=False),
        ),
        foreign_keys=(ForeignKey("from_user", "dougong_user"), ForeignKey("to_user", "dougong_user")),
        indexes=(
            Index("dougong_approval_delegation__from", ("from_user",)),
            Index("dougong_approval_delegation__to", ("to_user",)),
        ),
    ),
    Table(
        OWNERSHIP,
        (
            _ID,
            Column("entity", PhysicalKind.TEXT, nullable=False),
            Column("record", PhysicalKind.INTEGER, nullable=False),
            Column("unit", PhysicalKind.INTEGER),
            _FROM,
            _TO,
        ),
        foreign_keys=(ForeignKey("unit", UNIT),),
        indexes=(Index("dougong_ownership__record", ("record", "entity")), Index("dougong_ownership__unit", ("unit",))),
    ),
)
