"""The application of the tests of records: areas, shops, orders with lines."""

from __future__ import annotations

GRANT = "grants: [{id: all, roles: [clerk], actions: [read, create, update, delete, transition, export]}]\n"
SHOP = {
    "pack.yaml": "label: {zh: 小店, en: Shop}\nversion: 1.0.0\nlanguages: [zh, en]\n",
    "roles/clerk.yaml": "label: {zh: 文员, en: Clerk}\n",
    "entities/area.yaml": """label: {zh: 区, en: Area}
title: name
fields:
  name: {type: text, required: true, unique: true, max_length: 20, label: {zh: 名称, en: Name}}
  factor: {type: decimal, precision: 7, scale: 2, default: 1, label: {zh: 系数, en: Factor}}
  orders_total: {type: money, currency: CNY, label: {zh: 订单合计, en: Orders}, formula: "sum(orders.total)"}
  orders_count: {type: integer, label: {zh: 订单数, en: Count}, formula: "count(orders)"}
""",
    "entities/order.yaml": """label: {zh: 订单, en: Order}
title: name
fields:
  name: {type: text, required: true, label: {zh: 名称, en: Name}}
  area: {type: relation, to: area, on_delete: clear, inverse: orders, inverse_label: {zh: 订单, en: Orders}, label: {zh: 区, en: Area}}
  state: {type: state, workflow: order_state, label: {zh: 状态, en: State}}
  note: {type: long_text, label: {zh: 备注, en: Note}}
  due_on: {type: date, label: {zh: 日期, en: Due}}
  factor: {type: decimal, precision: 7, scale: 2, label: {zh: 系数, en: Factor}, formula: "area.factor"}
  lines_sum: {type: money, currency: CNY, label: {zh: 行合计, en: Lines}, formula: "sum(lines.amount)"}
  total: {type: money, currency: CNY, label: {zh: 合计, en: Total}, formula: "round(lines_sum * coalesce(factor, 1), 2)"}
checks:
  - {id: not_dear, expect: "coalesce(total, 0) <= 1000000", fields: [total], message: {zh: 合计过大, en: The total is too large}}
""",
    "entities/line.yaml": """label: {zh: 行, en: Line}
title: what
part_of: order
fields:
  order: {type: relation, to: order, required: true, on_delete: cascade, inverse: lines, inverse_label: {zh: 行, en: Lines}, label: {zh: 订单, en: Order}}
  what: {type: text, label: {zh: 品名, en: What}}
  count: {type: decimal, precision: 9, scale: 2, min: 0, default: 1, label: {zh: 数量, en: Count}}
  price: {type: money, currency: CNY, label: {zh: 单价, en: Price}}
  amount: {type: money, currency: CNY, label: {zh: 金额, en: Amount}, formula: "round(count * price, 2)"}
""",
    "entities/label.yaml": """label: {zh: 标签, en: Label}
title: name
fields:
  name: {type: text, required: true, label: {zh: 名称, en: Name}}
  area: {type: relation, to: area, required: true, on_delete: refuse, inverse: labels, inverse_label: {zh: 标签, en: Labels}, label: {zh: 区, en: Area}}
""",
    "workflows/order_state.yaml": """label: {zh: 订单状态, en: State}
entity: order
field: state
initial: open
states: [{id: open, label: {zh: 待办, en: Open}}, {id: done, label: {zh: 完成, en: Done}, final: true}]
transitions:
  - {id: finish, label: {zh: 完成, en: Finish}, from: [open], to: done, roles: [clerk], requires: [note], guard: "coalesce(total, 0) > 0", message: {zh: 没有金额, en: There is no amount}}
""",
    "access/area.yaml": GRANT,
    "access/order.yaml": GRANT,
    "access/label.yaml": GRANT,
}
