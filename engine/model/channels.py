"""Channels: the ways besides the inbox by which people are told, as declared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.model.names import Label, Place, empty_map


@dataclass(frozen=True, slots=True)
class Channel:
    """One way out of a `type`, by which notifier, to which destination. Secrets stand as names of secrets, never as values.

    `titles` says whether a message may carry what its record is called; without it a message says what kind it is and
    leads to the app. `address` is the pattern of the address of whoever has given none, with `{account}` in it; empty:
    only who gives an address is told. `domains` are those an address of mail may be of (any, when empty). `per_minute` is
    how many messages the other side takes. `settings` are those of the notifier.
    """

    name: str
    label: Label
    place: Place
    type: str
    notifier: str
    destination: str
    titles: bool = True
    address: str = ""
    domains: tuple[str, ...] = ()
    per_minute: int = 20
    settings: Mapping[str, object] = field(default_factory=empty_map)

    def setting(self, name: str, otherwise: str = "") -> str:
        """A setting that is a text."""
        found = self.settings.get(name)
        return found if isinstance(found, str) else otherwise

    @property
    def secrets(self) -> tuple[str, ...]:
        """The names of the secrets that it needs."""
        return tuple(str(value) for key, value in self.settings.items() if key in SECRETS)


SECRETS = ("secret", "signing")
"""The settings that name a secret."""
