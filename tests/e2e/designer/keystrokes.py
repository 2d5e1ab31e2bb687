"""What a person does at a desk, counted, and timed by the keystroke-level model (Card, Moran, Newell); the machine is measured."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Locator

KEY, POINT, HAND, THINK = 0.28, 1.1, 0.4, 1.35
"""Seconds: a key, pointing and pressing, a hand between mouse and keys, a decision."""
KEYS_OF_HAN = 3
"""Keys of an input method for one Chinese character, with the choice of it."""


@dataclass
class Desk:
    """What has been done so far: acts (a press, a text, a choice), and how long the machine kept its user waiting."""

    acts: int = 0
    keys: int = 0
    points: int = 0
    hands: int = 0
    machine: float = 0.0

    def press(self, at: Locator) -> None:
        with self.waiting():
            at.click()
        self.acts += 1
        self.points += 1

    def write(self, at: Locator, words: str) -> None:
        """Type into what has the hands already, or is pressed first."""
        with self.waiting():
            focused = at.evaluate("one => document.activeElement === one")
            if not focused:
                at.click()
                self.points += 1
                self.hands += 1
            at.fill(words)
        self.acts += 1
        self.keys += sum(KEYS_OF_HAN if ord(one) > 0x2E80 else 1 for one in words)
        self.hands += 1

    def choose(self, at: Locator, value: str) -> None:
        """Open a list and take one of it."""
        with self.waiting():
            at.select_option(value)
        self.acts += 1
        self.points += 2

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """What takes time in the block is the machine's."""
        began = time.monotonic()
        yield
        self.machine += time.monotonic() - began

    @property
    def seconds(self) -> float:
        """With a decision for each act."""
        return self.keys * KEY + self.points * POINT + self.hands * HAND + self.acts * THINK + self.machine

    def __str__(self) -> str:
        return f"{self.acts} acts, {self.keys} keys, {self.seconds:.0f} s by the model, {self.machine:.1f} s of the machine"
