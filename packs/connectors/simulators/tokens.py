"""What every other side keeps an eye on: tokens that end, and how many calls come in a minute."""

from __future__ import annotations

import secrets
import time
from collections import deque
from dataclasses import dataclass, field


@dataclass(slots=True)
class Tokens:
    """Tokens that were given out, with the second at which each is over."""

    lives: float
    given: dict[str, float] = field(default_factory=dict)

    def give(self) -> str:
        """A new token."""
        token = secrets.token_hex(16)
        self.given[token] = time.monotonic() + self.lives
        return token

    def holds(self, token: str) -> bool:
        """Whether a token was given out and is not over."""
        return self.given.get(token, 0.0) > time.monotonic()

    def end_all(self) -> None:
        """Every token is over."""
        self.given.clear()


@dataclass(slots=True)
class Meter:
    """Calls of the last minute; so many are let through."""

    most: int
    calls: deque[float] = field(default_factory=deque)

    def lets(self) -> bool:
        """Count a call; whether it is let through."""
        now = time.monotonic()
        while self.calls and self.calls[0] <= now - 60:
            self.calls.popleft()
        if len(self.calls) >= self.most:
            return False
        self.calls.append(now)
        return True
