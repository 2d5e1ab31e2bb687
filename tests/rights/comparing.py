"""Comparing: the same questions to two worlds, and the first that they answer with different bytes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from tests.rights.worlds import Answer, Question, World

PAGES = 4
TOOK = re.compile(rb'"took_ms":[0-9.]+')


@dataclass(frozen=True)
class Difference:
    """A question that two worlds answer differently, with both answers around the first byte that differs."""

    question: Question
    first: Answer
    second: Answer

    def __str__(self) -> str:
        if self.first.status != self.second.status:
            return f"{self.question}: {self.first.status} and {self.second.status}; {self.first.text[:300]} and {self.second.text[:300]}"
        if self.first.body == self.second.body:
            return f"{self.question}: {self.first.headers} and {self.second.headers}"
        at = next((at for at, (a, b) in enumerate(zip(self.first.body, self.second.body, strict=False)) if a != b), 0)
        around = slice(max(0, at - 200), at + 200)
        return f"{self.question} at byte {at}:\n  {self.first.body[around]!r}\n  {self.second.body[around]!r}"


@dataclass
class Compared:
    """How many answers were the same, how many of them were readings that succeeded, and the differences."""

    same: int
    good: int
    differences: list[Difference]


def compare(one: World, other: World, account: str, questions: Iterable[Question], most: int = 10) -> Compared:
    """Every answer of both worlds to a person, byte by byte, following cursors, until `most` differ."""
    found = Compared(0, 0, [])
    waiting = [(question, PAGES) for question in questions][::-1]
    while waiting and len(found.differences) < most:
        question, pages = waiting.pop()
        first, second = (_timeless(world.ask(account, question)) for world in (one, other))
        if first != second:
            found.differences.append(Difference(question, first, second))
            continue
        found.same += 1
        found.good += first.status < 300
        cursor = next_cursor(first) if pages and question.path.startswith("/api/records/") else None
        if cursor:
            kept = tuple(pair for pair in question.query if pair[0] != "cursor")
            waiting.append((replace(question, query=(*kept, ("cursor", cursor))), pages - 1))
    return found


def _timeless(answer: Answer) -> Answer:
    """An answer without how long it took, and without the length that depends on it."""
    body = TOOK.sub(b"", answer.body)
    if body == answer.body:
        return answer
    return replace(answer, body=body, headers=tuple(one for one in answer.headers if one[0] != b"content-length"))


def next_cursor(answer: Answer) -> str | None:
    if answer.status != 200 or not answer.body.startswith(b'{"data":['):
        return None
    cursor = json.loads(answer.body).get("next_cursor")
    return str(cursor) if cursor else None
