"""Matrices of rights over HTTP: what is asked of a cell it has afterwards, no other cell moves, and undo returns the bytes."""

from __future__ import annotations

import random
from typing import Any

import pytest

from tests.designer.studio_site import API, Designer, undo_all

SCOPES = {"none": None, "all": "", "unit": "scope_unit in user.units", "subtree": "scope_unit in user.subtree"}
DRAWS, LOOKED_AT = 20, 40
DEALS = "b2b_sales/access/opportunity.yaml"


def rights(one: Designer, entity: str = "") -> Any:
    answer = one.client.get(f"{API}/rights", params={"entity": entity} if entity else {})
    assert answer.status_code == 200, answer.text
    assert not answer.json()["live"], one.client.get(f"{API}/problems").text[:600]
    return answer.json()


def act(one: Designer, command: dict[str, object]) -> None:
    answer = one.client.post(f"{API}/commands", json={"command": command, "problems": "later"})
    assert answer.status_code == 200, answer.text


def scopes(body: Any) -> dict[tuple[str, str, str], tuple[str, frozenset[str]]]:
    """By cell the scope and the conditions."""
    return {
        (entity, role, action): (cell["scope"], frozenset(rule["condition"] for rule in cell["rules"]))
        for entity, roles in body["cells"].items()
        for role, actions in roles.items()
        for action, cell in actions.items()
    }


def shared(body: Any) -> list[tuple[str, str, str]]:
    """A cell of each grant that several roles have for several actions: it has to be taken apart."""
    given: dict[tuple[str, str, str], list[tuple[str, str, str]]] = {}
    for entity, roles in body["cells"].items():
        for role, actions in roles.items():
            for action, cell in actions.items():
                for rule in cell["rules"]:
                    given.setdefault((entity, rule["file"], rule["id"]), []).append((entity, role, action))
    several = [cells for cells in given.values() if len({one[1] for one in cells}) > 1 < len({one[2] for one in cells})]
    assert several
    return [cells[0] for cells in several]


def texts(one: Designer, *about: str) -> dict[str, str]:
    """The files of roles and rights, or those of the rights to some entities."""
    files = [
        file["file"]
        for pack in one.state()["packs"]
        for file in pack["files"]
        if file["kind"] in ("access", "roles") and (not about or file["name"] in about)
    ]
    return {file: one.text(file) for file in files}


def test_the_matrix_says_what_the_rules_give_and_where_they_stand(one: Designer) -> None:
    body = rights(one)
    cells = body["cells"]["opportunity"]
    assert cells["unit_lead"]["delete"]["scope"] == "subtree"
    assert cells["sales"]["read"]["scope"] == "unit"
    assert cells["sales"]["update"]["scope"] == "condition"
    assert cells["finance"]["read"] == {
        "scope": "all",
        "rules": [{"id": "look", "file": DEALS, "line": 15, "condition": ""}],
    }
    assert "delete" not in cells["sales"]
    assert next(each for each in body["entities"] if each["name"] == "quote_line")["part_of"] == "quote"
    assert body["holders"]["sales"] == 2
    people = one.client.get(f"{API}/rights/holders", params={"role": "sales", "entity": "opportunity"}).json()
    assert sorted(person["rows"] for person in people["people"]) == [1, 1]


def test_cells_take_what_is_asked_no_other_moves_and_every_undo_returns_the_bytes(one: Designer) -> None:
    draw = random.Random(45)
    body = rights(one)
    whole = {each["name"]: each["strangers"] for each in body["entities"] if each["part_of"] is None and each["owned"]}
    bytes_before = texts(one, *whole)
    asked: dict[tuple[str, str, str], str] = {}
    for entity, role, action in shared(body)[:5]:
        asked[entity, role, action] = "none"
        act(one, {"do": "grant", "entity": entity, "role": role, "action": action, "rows": None})
    for _ in range(DRAWS):
        entity = draw.choice(sorted(whole))
        role = draw.choice([each["name"] for each in body["roles"] if each["name"] not in whole[entity]])
        action, scope = draw.choice(body["actions"]), draw.choice(sorted(SCOPES))
        asked[entity, role, action] = scope
        act(one, {"do": "grant", "entity": entity, "role": role, "action": action, "rows": SCOPES[scope]})
    before, after = scopes(body), scopes(rights(one))
    for cell, scope in asked.items():
        assert after.pop(cell, ("none", None))[0] == scope, cell
        before.pop(cell, None)
    assert after == before
    undo_all(one)
    assert texts(one, *whole) == bytes_before


def test_a_cell_that_stands_so_already_changes_no_byte(one: Designer) -> None:
    """The control of the test above: a save without a change."""
    body, before = rights(one), one.state()["rev"]
    cells = random.Random(7).sample(sorted(scopes(body).items()), LOOKED_AT)
    for (entity, role, action), (_, conditions) in cells:
        if len(conditions) == 1:
            (condition,) = conditions
            act(one, {"do": "grant", "entity": entity, "role": role, "action": action, "rows": condition})
    assert one.state()["rev"] == before


def test_every_shipped_file_of_roles_and_rights_opens_and_comes_back_byte_for_byte(one: Designer) -> None:
    """Put in and taken out again by hand: what stands around it stays."""
    before, rev = texts(one), one.state()["rev"]
    assert len(before) > 60
    steps: list[dict[str, object]] = []
    for file, text in before.items():
        key, value = ("description", {"zh": "试", "en": "Try"}) if file.split("/")[1] == "roles" else ("entity", "x")
        if f"\n{key}:" not in f"\n{text}":
            place = {"file": file, "path": [key]}
            steps += [{"do": "set", **place, "value": value}, {"do": "unset", **place}]
    assert len(steps) > 80
    act(one, {"do": "batch", "label": {"zh": "试", "en": "Try"}, "commands": steps})
    assert one.state()["rev"] == rev, "a text that is the same is not written"


@pytest.mark.parametrize("entity", ["opportunity", "promotion"])
def test_fields_take_rights_by_state_and_nothing_else_moves(one: Designer, entity: str) -> None:
    draw = random.Random(entity)
    body, bytes_before = rights(one, entity), texts(one, entity)
    states = [state["name"] for state in body["states"]]
    guarded = [each["name"] for each in body["fields"] if each["guarded"] and not each["computed"]]
    asked: dict[tuple[str, str, str], str] = {}
    for _ in range(8):
        role, name = draw.choice(body["reaching"]), draw.choice(guarded)
        state, right = draw.choice(states), draw.choice(["none", "read", "write"])
        asked[role, name, state] = right
        given = {"state": state} if state else {}
        act(one, {"do": "field_right", "entity": entity, "role": role, "field": name, "right": right, **given})
    before, after = cells(body), cells(rights(one, entity))
    for cell, right in asked.items():
        assert after.pop(cell) == right, cell
        before.pop(cell)
    assert after == before
    undo_all(one)
    assert texts(one, entity) == bytes_before


def cells(body: Any) -> dict[tuple[str, str, str], str]:
    states = [state["name"] for state in body["states"]]
    return {
        (role, name, state): cell["right"]
        for role, fields in body["cells"].items()
        for name, line in fields.items()
        for state, cell in zip(states, line, strict=True)
    }


def test_a_field_that_comes_to_be_guarded_stays_open_for_the_others(one: Designer) -> None:
    body = rights(one, "lead")
    name = next(each["name"] for each in body["fields"] if not each["guarded"])
    act(one, {"do": "field_right", "entity": "lead", "role": "sales", "field": name, "right": "read"})
    after = rights(one, "lead")
    assert {cell["right"] for cell in after["cells"]["sales"][name]} == {"read"}
    assert {cell["right"] for cell in after["cells"]["unit_lead"][name]} == {"write"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"do": "grant", "entity": "lead", "role": "store_manager", "action": "read", "rows": ""},
        {"do": "grant", "entity": "nothing", "role": "sales", "action": "read", "rows": ""},
        {"do": "grant", "entity": "lead", "role": "nobody", "action": "read", "rows": ""},
        {"do": "grant", "entity": "lead", "role": "sales", "action": "look", "rows": ""},
        {"do": "grant", "entity": "lead", "role": "sales", "action": "read", "rows": 3},
        {"do": "field_right", "entity": "lead", "role": "sales", "field": "nothing", "right": "read"},
        {"do": "field_right", "entity": "lead", "role": "sales", "field": "name", "right": "all"},
        {"do": "field_right", "entity": "lead", "role": "sales", "field": "name", "right": "read", "state": "x"},
    ],
)
def test_what_cannot_be_is_refused_in_words(one: Designer, wrong: dict[str, object]) -> None:
    status, body = one.tries(wrong)
    assert (status, body["error"]["code"]) == (422, "bad_command")
