"""Effects by command: what one more point of discount does, hidden where its sign is absurd, put live behind a gate, taken back."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from typing import Any

import pytest

from engine.cli.opening import opened
from engine.model.context import Context, Principal
from engine.runtime.modeling.effects import Effect, live_effect
from engine.runtime.settings import settings_from
from tests.cli.model_desk import Desk
from tests.receivables import sheet
from tests.strategy.price_worlds import CELLS, HEADER, ROLES, PriceWorld, price_world

CAUSAL = re.compile(r"因果|影响|导致|作用是|causal|causes that|changes the chance", re.IGNORECASE)
ONE = {"north": 1.5, "south": 1.5}


@pytest.fixture
def known() -> PriceWorld:
    return price_world(700, 3, effects=ONE)


def train(desk: Desk, world: PriceWorld, *more: str, code: int = 0) -> dict[str, Any]:
    rows = desk.sheet("quotes.csv", sheet(world.rows, HEADER))
    return desk.json("effect", "train", "price", "--table", rows, *ROLES, *CELLS, *more, code=code)


def live(desk: Desk, **where: str) -> Effect:
    settings = settings_from(os.environ, data=desk.folder / "data", packs=str(desk.folder / "my_app"))
    with opened(settings) as installation:
        context = Context(Principal(0, "test", frozenset(), service="test"), installation.clock.now())
        return installation.workplace.read(context, lambda work: live_effect(work, "price", where))


@pytest.mark.one_database
def test_a_price_effect_is_estimated_put_live_and_taken_back_and_an_absurd_one_shows_no_number(
    desk: Desk, known: PriceWorld
) -> None:
    desk.run("apply")
    desk.run("user", "create", "boss", "--name", "Boss", "--admin")
    desk.run("user", "create", "clerk", "--name", "Clerk")
    assert live(desk).state == "none"
    made = train(desk, known)
    assert (made["version"], made["answer"], made["model"]) == (1, "known", "price")
    card = made["card"]
    assert card["low"] * 100 <= known.truth <= card["high"] * 100
    assert {one["name"] for one in card["trials"]} == {"placebo", "random_cause", "halves", "lead", "robustness"}
    assert "administrator" in desk.run("effect", "deploy", "price", "--version", "1", "--user", "clerk", code=1)
    desk.run("effect", "deploy", "price", "--version", "1", "--user", "boss")
    said = live(desk)
    assert said.value_per_point == card["value"] and said.n == 700
    assert live(desk, region="north", segment="trial").n < 300
    assert (live(desk, region="west").state, live(desk, region="west").value_per_point) == ("too_few", None)
    _absurd(desk, card["value"])
    desk.run("effect", "rollback", "price", "--user", "boss", "--reason", "reasons are asked for now")
    assert live(desk).value_per_point == card["value"]
    listed = desk.json("effect", "list", "price")
    assert [one["act"] for one in listed["history"]] == ["rolled_back", "deployed", "trained", "deployed", "trained"]
    for path in (desk.folder / "data" / "models").glob("*.effect"):
        path.write_bytes(path.read_bytes() + b" ")
    assert "was altered" in desk.run("effect", "deploy", "price", "--version", "2", "--user", "boss", code=1)


def _absurd(desk: Desk, before: float) -> None:
    """Nobody wrote down that a competitor was there: no number anywhere, and live for a stated reason alone."""
    made = train(desk, price_world(700, 3, hidden=True, effects=ONE))
    card = made["card"]
    assert (made["answer"], made["grade"]) == ("sign_alarm", "unusable")
    assert [card[key] for key in ("value", "low", "high")] == [None, None, None]
    assert all(one["value"] is None for one in card["cells"])
    assert card["reasons"]["missing_share"] == 1.0
    effects = [one for one in card["trials"] if one["name"] in {"halves", "random_cause", "robustness"}]
    assert [one["figures"] for one in effects] == [{}, {}, {}]
    for language in ("zh", "en"):
        words = replace(desk, language=language).run("effect", "show", "price", "--version", "2")
        assert not CAUSAL.search(words), words
        assert "符号异常" in words or "Sign alarm" in words
    assert "despite" in desk.run("effect", "deploy", "price", "--version", "2", "--user", "boss", code=1)
    desk.run("effect", "deploy", "price", "--version", "2", "--user", "boss", "--despite", "--reason", "tell people")
    said = live(desk, region="north")
    assert (said.state, said.value_per_point, said.low, said.high) == ("sign_alarm", None, None, None)
    assert "record the reasons" in said.words.en and str(before) not in json.dumps(card)
