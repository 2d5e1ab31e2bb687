"""Upgrades of the language stand in order and without gaps."""

from __future__ import annotations

from engine.dsl.upgrades import LANGUAGE_VERSION, UPGRADES, upgraded


def test_upgrades_are_numbered_up_to_the_present_version() -> None:
    assert [upgrade.number for upgrade in UPGRADES] == list(range(1, LANGUAGE_VERSION))


def test_text_of_the_present_version_stays_as_it_is() -> None:
    assert upgraded("entities", "label: x  # kept\n", LANGUAGE_VERSION) == "label: x  # kept\n"
