"""The small application of the rights oracle as definition text: everything stands, only the access files are drawn."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.oracle.naive import BOSS, ROLES, Rights
from tests.runtime.rules import Rule, written

STAGES = ("open", "won", "lost")
CITIES = ("Qcbeij", "Qcoslo")
"""Cities are few, so that groups have several rows, and still words that stand in no page by themselves."""
ALL_ROLES = json.dumps([*ROLES, BOSS])


def label(name: str) -> str:
    return f"{{zh: 字{name}, en: Lab {name}}}"


def _field(entity: str, name: str, rest: str) -> str:
    return f"  {name}: {{{rest}, label: {label(f'{entity}_{name}')}}}\n"


ENTITY_A = (
    f"label: {label('deal')}\ntitle: name\nowned_by: unit\nfields:\n"
    + _field("a", "name", "type: text, search: 3, mask: name")
    + _field("a", "phone", "type: phone, search: 1, mask: phone")
    + _field("a", "stage", "type: choice, choices: {open: {zh: 开}, won: {zh: 赢}, lost: {zh: 输}}")
    + _field("a", "state", "type: state, workflow: life")
    + _field("a", "b", "type: relation, to: b, on_delete: refuse, inverse: deals")
    + _field("a", "owner", "type: user")
    + _field("a", "unit", "type: unit")
    + _field("a", "n", "type: money, currency: CNY, mask: amount")
    + _field("a", "secret", "type: money, currency: CNY, mask: all")
    + _field("a", "total", 'type: money, currency: CNY, mask: all, formula: "n + secret"')
)
ENTITY_B = (
    f"label: {label('firm')}\ntitle: name\nowned_by: unit\nfields:\n"
    + _field("b", "name", "type: text, search: 2, mask: name")
    + _field("b", "city", "type: text, mask: all")
    + _field("b", "cost", "type: money, currency: CNY, mask: all")
    + _field("b", "owner", "type: user")
    + _field("b", "unit", "type: unit")
)
ENTITY_P = (
    f"label: {label('line')}\ntitle: text\npart_of: a\nfields:\n"
    + _field("p", "a", "type: relation, to: a, required: true, on_delete: cascade, inverse: lines")
    + _field("p", "text", "type: text, mask: all")
    + _field("p", "price", "type: money, currency: CNY, mask: all")
)
WORKFLOW = f"""label: {label("life")}
entity: a
field: state
initial: new
states:
  - {{id: new, label: {{zh: 新态, en: State new}}}}
  - {{id: done, label: {{zh: 终态, en: State done}}}}
transitions:
  - {{id: finish, label: {{zh: 完成, en: Finish}}, from: [new], to: done, roles: [sales, lead, boss]}}
  - {{id: reopen, label: {{zh: 重开, en: Reopen}}, from: [done], to: new, roles: [lead, boss]}}
"""
METRICS: Mapping[str, str] = {
    "sum_n": 'entity: a\nmeasure: "sum(n)"\ndimensions: {stage: stage, city: b.city}\nscale: 2\n',
    "sum_secret": 'entity: a\nmeasure: "sum(secret)"\ndimensions: {stage: stage}\nscale: 2\n',
    "rows": 'entity: a\nmeasure: "count()"\ndimensions: {stage: stage, city: b.city, phone: phone, firm: b}\nscale: 0\n',
    "rich": 'entity: a\nmeasure: "count()"\nwhere: "secret > 7500"\ndimensions: {stage: stage}\nscale: 0\n',
    "cost": 'entity: b\nmeasure: "sum(cost)"\ndimensions: {city: city}\nscale: 2\n',
    "released": 'entity: a\nmeasure: "sum(n)"\ndimensions: {stage: stage}\nscale: 2\nroles: [desk]\n',
    "mean": 'formula: "round(sum_n / rows, 2)"\nscale: 2\n',
}
LISTS: Mapping[str, str] = {
    "a": "[name, phone, stage, b.name, b.city, n, secret, total, state, owner]",
    "b": "[name, city, cost, owner]",
}


def _page(entity: str) -> str:
    return (
        f"kind: list\nlabel: {{zh: 页{entity}, en: Page {entity}}}\nroles: {ALL_ROLES}\nentity: {entity}\nitems:\n"
        f"  - {{id: rows, widget: table, columns: {LISTS[entity]}, limit: 50}}\n"
    )


DASHBOARD = f"""label: {{zh: 看板, en: Board}}
roles: {ALL_ROLES}
items:
  - {{id: k1, widget: kpi, metric: sum_n, compare: none, span: 3}}
  - {{id: k2, widget: kpi, metric: sum_secret, compare: none, span: 3}}
  - {{id: k3, widget: kpi, metric: rows, compare: none, span: 3}}
  - {{id: k4, widget: kpi, metric: cost, compare: none, span: 3}}
  - {{id: c1, widget: chart, chart: bar, metrics: [rows], by: firm, span: 6}}
  - {{id: t1, widget: table, entity: a, columns: [name, n, b.name], where: "secret > 7500", limit: 50, span: 12}}
"""
FORM_A = f"""entity: a
label: {label("form")}
items:
  - {{id: f_name, widget: field, field: name}}
  - {{id: f_n, widget: field, field: n}}
  - {{id: f_phone, widget: field, field: phone, visible_when: "secret > 7500"}}
"""
UNIT = """label: {zh: 店, en: Store}
parents: []
seats:
  - {id: sales, label: {zh: 卖, en: Sales}, roles: [sales]}
  - {id: lead, label: {zh: 头, en: Lead}, roles: [lead]}
  - {id: desk, label: {zh: 桌, en: Desk}, roles: [desk]}
"""


def standing_files() -> dict[str, str]:
    """The files that no draw changes, by path in the pack."""
    files = {
        "pack.yaml": "label: {zh: 甲, en: A}\nversion: 0.1.0\nlanguages: [zh, en]\nrequires: []\napp: true\n",
        "entities/a.yaml": ENTITY_A,
        "entities/b.yaml": ENTITY_B,
        "entities/p.yaml": ENTITY_P,
        "workflows/life.yaml": WORKFLOW,
        "dashboards/board.yaml": DASHBOARD,
        "forms/a.yaml": FORM_A,
        "units/store.yaml": UNIT,
        "pages/a_list.yaml": _page("a"),
        "pages/b_list.yaml": _page("b"),
    }
    files |= {f"roles/{role}.yaml": f"label: {{zh: 角{role}, en: Role {role}}}\n" for role in (*ROLES, BOSS)}
    files |= {
        f"metrics/{name}.yaml": f"label: {{zh: 数{name}, en: Figure {name}}}\n{rest}" for name, rest in METRICS.items()
    }
    return files


def access_files(rights: Rights) -> dict[str, str]:
    """The access file of each entity that the draw gave rights on."""
    files = {}
    for entity in ("a", "b", "p"):
        grants = [
            {"id": f"g{at}", "roles": [role], "actions": sorted(actions), **_condition("rows", rows)}
            for at, (of, role, actions, rows) in enumerate(rights.grants)
            if of == entity
        ]
        fields = [
            {"id": f"r{at}", "fields": [name], "roles": [role], "right": right, **_condition("when", when)}
            for at, (of, name, role, right, when) in enumerate(rights.rules)
            if of == entity
        ]
        lines = [*_listed("grants", grants), *_listed("fields", fields)]
        if lines:
            files[f"access/{entity}.yaml"] = "\n".join(lines) + "\n"
    return files


def _listed(key: str, items: Sequence[Mapping[str, object]]) -> list[str]:
    return [f"{key}:", *(f"  - {json.dumps(one, ensure_ascii=False)}" for one in items)] if items else []


def _condition(key: str, rule: Rule | None) -> dict[str, str]:
    return {} if rule is None else {key: written(rule)}


def write_pack(folder: Path, files: Mapping[str, str]) -> None:
    """Files of the pack; an access file that is not among them goes away."""
    for name in ("a", "b", "p"):
        (folder / "access" / f"{name}.yaml").unlink(missing_ok=True)
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
