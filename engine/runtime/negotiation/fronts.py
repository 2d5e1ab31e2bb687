"""Fronts: of many candidates those that no other beats, and the three that are offered."""

from __future__ import annotations

from dataclasses import dataclass

import numpy
import numpy.typing as npt

from engine.runtime.negotiation.history_matrix import Floats

Places = npt.NDArray[numpy.int64]
NEAR = 1e-12


@dataclass(frozen=True, slots=True)
class Goals:
    """(candidates,) what is wanted: the probability of winning, what is left, and little risk."""

    win: Floats
    left: Floats
    late: Floats

    def matrix(self) -> Floats:
        """(candidates, 3), all to be large."""
        return numpy.stack([self.win, self.left, -self.late], axis=1)


@dataclass(frozen=True, slots=True)
class Picks:
    """The places of the three: most left with a chance that is not given away, the middle, and most likely to win."""

    hold: int | None = None
    balance: int | None = None
    win: int | None = None


def front(goals: Goals) -> Places:
    """The candidates that no other beats: none is as good in all and better in one."""
    matrix = goals.matrix()
    order = numpy.lexsort((-matrix[:, 2], -matrix[:, 1], -matrix[:, 0]))
    kept: list[int] = []
    best = numpy.empty((0, matrix.shape[1]))
    for place in order.tolist():
        row = matrix[place]
        if len(best) and bool(((best >= row - NEAR).all(axis=1)).any()):
            continue
        kept.append(place)
        best = numpy.vstack([best, row])
    return numpy.array(kept, dtype=numpy.int64)


def picks(goals: Goals, places: Places, least_win: float) -> Picks:
    """Three of a front, all different; fewer where it has fewer."""
    if not len(places):
        return Picks()
    win, left = goals.win[places], goals.left[places]
    sure = numpy.flatnonzero(win >= least_win)
    hold = int(sure[left[sure].argmax()]) if len(sure) else int(win.argmax())
    rest = [at for at in range(len(places)) if at != hold]
    if not rest:
        return Picks(hold=int(places[hold]))
    most = max(rest, key=lambda at: (win[at], left[at]))
    between = [at for at in rest if at != most]
    if not between:
        return Picks(hold=int(places[hold]), win=int(places[most]))
    knee = max(between, key=lambda at: _height(win, left, hold, most, at))
    return Picks(int(places[hold]), int(places[knee]), int(places[most]))


def _height(win: Floats, left: Floats, hold: int, most: int, at: int) -> tuple[float, float]:
    """How far a point stands out beyond the line between the two ends; of equals, what it is expected to leave."""
    wide, high = _spread(win), _spread(left)
    along = ((win[most] - win[hold]) / wide, (left[most] - left[hold]) / high)
    apart = ((win[at] - win[hold]) / wide, (left[at] - left[hold]) / high)
    return float(along[0] * apart[1] - along[1] * apart[0]), float(win[at] * left[at])


def _spread(values: Floats) -> float:
    found = float(values.max() - values.min())
    return found if found > NEAR else 1.0
