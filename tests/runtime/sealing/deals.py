"""Deals of buyers, with fields that one world seals and the other keeps in the clear."""

from __future__ import annotations

from collections.abc import Mapping

ALL = "{id: all, roles: [clerk], actions: [read, create, update, delete, transition, export]}"
SEAL = "sealed: true, "
NAMES = (
    "budget",
    "memo",
    "phone",
    "due_on",
    "count",
    "share",
    "settled",
    "kind",
    "tags",
    "agreed_at",
    "spent",
    "secret",
)
"""The fields that are sealed."""
DEAL = """label: {zh: 单子, en: Deal}
title: name
subject: buyer
fields:
  name: {type: text, required: true, label: {zh: 名称, en: Name}}
  buyer: {type: relation, to: buyer, on_delete: clear, inverse: deals, inverse_label: {zh: 单子, en: Deals}, label: {zh: 客户, en: Buyer}}
  weight: {type: integer, default: 1, label: {zh: 权重, en: Weight}}
  budget: {type: money, currency: CNY, level: auto, floor: G3, SEAL label: {zh: 预算, en: Budget}}
  memo: {type: long_text, level: G3, SEAL label: {zh: 备注, en: Memo}}
  phone: {type: phone, level: G3, mask: phone, SEAL label: {zh: 手机, en: Phone}}
  due_on: {type: date, level: G3, SEAL label: {zh: 日期, en: Due}}
  count: {type: integer, level: G3, default: 3, SEAL label: {zh: 数量, en: Count}}
  share: {type: percent, level: G3, SEAL label: {zh: 占比, en: Share}}
  settled: {type: boolean, level: G3, SEAL label: {zh: 已定, en: Settled}}
  kind: {type: choice, level: G3, SEAL label: {zh: 类别, en: Kind}, choices: {small: {zh: 小, en: Small}, large: {zh: 大, en: Large}}}
  tags: {type: choices, level: G3, SEAL label: {zh: 标签, en: Tags}, choices: {hot: {zh: 热, en: Hot}, cold: {zh: 冷, en: Cold}}}
  agreed_at: {type: instant, level: G3, SEAL label: {zh: 时刻, en: Agreed at}}
  spent: {type: duration, level: G3, SEAL label: {zh: 用时, en: Spent}}
  secret: {type: text, level: G4, SEAL label: {zh: 绝密, en: Secret}}
"""


def files(sealed: bool = True) -> Mapping[str, str]:
    """The definitions, with the fields sealed or in the clear."""
    return {
        "pack.yaml": "label: {zh: 小店, en: Shop}\nversion: 1.0.0\nlanguages: [zh, en]\n",
        "roles/clerk.yaml": "label: {zh: 文员, en: Clerk}\n",
        "roles/viewer.yaml": "label: {zh: 看客, en: Viewer}\n",
        "roles/stranger.yaml": "label: {zh: 外人, en: Stranger}\n",
        "entities/buyer.yaml": "label: {zh: 客户, en: Buyer}\ntitle: name\nfields:\n"
        "  name: {type: text, required: true, label: {zh: 名称, en: Name}}\n"
        f"  bank: {{type: text, level: G4, {SEAL if sealed else ''}label: {{zh: 账号, en: Bank}}}}\n",
        "entities/deal.yaml": DEAL.replace("SEAL ", SEAL if sealed else ""),
        "entities/visit.yaml": "label: {zh: 拜访, en: Visit}\ntitle: name\nfields:\n"
        "  name: {type: text, required: true, label: {zh: 名称, en: Name}}\n"
        "  deal: {type: relation, to: deal, on_delete: clear, label: {zh: 单子, en: Deal}}\n",
        "access/buyer.yaml": f"grants: [{ALL}, {{id: look, roles: [viewer, stranger], actions: [read]}}]\n",
        "access/visit.yaml": f"grants: [{ALL}, {{id: look, roles: [viewer, stranger], actions: [read]}}]\n",
        "access/deal.yaml": f"grants: [{ALL}, {{id: look, roles: [viewer, stranger], actions: [read]}}]\n"
        "fields:\n"
        "  - {id: kept, fields: [budget, phone, memo, secret], roles: [clerk], right: write}\n"
        "  - {id: dimly, fields: [budget, phone, memo], roles: [viewer], right: mask}\n"
        "  - {id: heavy, fields: [secret], roles: [viewer], right: read, when: weight > 5}\n",
    }
