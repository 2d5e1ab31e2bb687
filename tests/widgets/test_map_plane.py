"""The plane of a map: where places stand, what is one mark, and what the scale says."""

from __future__ import annotations

from math import radians

import pytest

from engine.model.locations import haversine
from engine.widgets.map_plane import HIGH, WIDE, Named, Plane, clustered, fitted, framed, net, scale_bar, with_room

CITIES = {
    "北京": (39.9, 116.4),
    "上海": (31.2, 121.5),
    "成都": (30.6, 104.1),
    "哈尔滨": (45.8, 126.5),
    "三亚": (18.3, 109.5),
}


def test_all_places_stand_on_the_sheet_north_up_and_east_to_the_right() -> None:
    plane = fitted([*CITIES.values()])
    places = {name: plane.place(point) for name, point in CITIES.items()}
    assert all(0 < x < 1 and 0 < y < 1 for x, y in places.values())
    assert sorted(places, key=lambda name: places[name][1])[0] == "哈尔滨"
    assert sorted(places, key=lambda name: places[name][0]) == ["成都", "三亚", "北京", "上海", "哈尔滨"]


def test_a_sheet_is_drawn_again_from_the_box_that_it_says() -> None:
    plane = fitted([*CITIES.values()])
    again = framed(plane.box)
    assert (again.x, again.y, again.width) == pytest.approx((plane.x, plane.y, plane.width))
    assert plane.zoomed(0.5).zoomed(2).box == pytest.approx(plane.box)


@pytest.mark.parametrize("lat", [0.0, 31.0, 45.0])
def test_the_bar_of_the_scale_is_as_long_as_it_says(lat: float) -> None:
    plane = fitted([(lat - 0.5, 120.0), (lat + 0.5, 121.0)])
    metres, share = scale_bar(plane)
    south, west, north, east = plane.box
    middle = (south + north) / 2
    across = haversine((middle, west), (middle, west + (east - west) * share))
    assert across == pytest.approx(metres, rel=0.01)
    assert str(metres).rstrip("0") in {"1", "2", "5"}


def test_near_places_are_one_mark_and_none_is_lost() -> None:
    points = [(30 + at * 0.0001, 120.0) for at in range(50)] + [(31.0, 121.0)]
    marks = clustered(fitted(points), points)
    assert sorted(len(one.members) for one in marks) == [1, 50]
    assert sorted(index for one in marks for index in one.members) == [*range(51)]
    beside = clustered(framed((29.9, 119.9, 30.1, 120.1)), points)
    assert sorted(index for one in beside for index in one.members) == [*range(50)]


def test_the_net_runs_at_round_degrees() -> None:
    meridians, parallels = net(Plane(radians(120), 0.55, radians(10)))
    assert [line.label for line in meridians] == ["116°E", "118°E", "120°E", "122°E", "124°E"]
    assert meridians[2].at == pytest.approx(0.5)
    assert [line.label for line in net(Plane(0.0, 0.0, radians(1)))[0]][1] == "0.2°W"
    assert parallels


def test_a_name_lies_over_no_mark_and_no_other_name() -> None:
    first, below = Named(0.5, 0.5, 20, 40), Named(0.5, 0.5 + 30 / HIGH, 20, 40)
    assert with_room([first, below]) == {1}
    assert with_room([first, Named(0.5 + 30 / WIDE, 0.5, 5, 40)]) == {0}
    assert with_room([Named(0.5, 1.0, 5, 40)]) == frozenset()
