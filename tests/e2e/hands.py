"""A person's hands: every tap and character counted, timed by a stated model."""

from __future__ import annotations

import time
from dataclasses import dataclass

from playwright.sync_api import Locator

TAP, THINK, CHARACTER = 1.1, 1.35, 1.0
"""Seconds: a tap and a decision by the keystroke-level model (Card, Moran, Newell); a character typed in pinyin at 60 a minute."""


@dataclass
class Hands:
    """What a person has done so far, and how long the machine kept them waiting."""

    taps: int = 0
    decisions: int = 0
    characters: int = 0
    waited: float = 0.0

    def tap(self, at: Locator, thinks: bool = True) -> None:
        began = time.monotonic()
        at.tap()
        self.waited += time.monotonic() - began
        self.taps += 1
        self.decisions += thinks

    def press(self, at: Locator) -> None:
        """The same with a mouse; a move of it to its aim and the press take as long as a tap."""
        began = time.monotonic()
        at.click()
        self.waited += time.monotonic() - began
        self.taps += 1
        self.decisions += 1

    def choose(self, at: Locator, value: str) -> None:
        """Open a list and take one of it: two taps, and as many decisions as one reads it for."""
        at.select_option(value)
        self.taps += 2
        self.decisions += 2

    def write(self, at: Locator, words: str) -> None:
        self.tap(at)
        at.fill(words)
        self.characters += len(words)

    @property
    def seconds(self) -> float:
        return self.taps * TAP + self.decisions * THINK + self.characters * CHARACTER + self.waited
