"""E-commerce in the style of open platforms: one address, a method by name, `app_key`, `timestamp` and a `sign` over all of it.

Follows the ways of the public documents of Taobao's open platform (TOP): parameters sorted by name and put together, HMAC-SHA256
in capitals, lists by the time of modification with pages and `has_next`, codes 7 (too many calls), 25 (signature) and 27
(session). Names of fields are those of trades, orders and refunds there. Tried against the simulator alone.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta, timezone
from urllib.parse import urlencode

from engine.extensions import Checkpoint, ConnectorSpec, SourceFault, SourceReach, SourceRow
from engine.model.context import Context
from engine.model.names import Label
from engine.model.sources import Source
from packs.connectors.changes import changes
from packs.connectors.columns import changing, column
from packs.connectors.json_answers import json_of, list_of, map_of
from packs.connectors.settings import named, secret

ROUTER = "/router/rest"
CHANGED = "modified"
SIZE = 100
LIMITED, SIGNED_WRONG, SESSION_OVER = 7, 25, 27
REFUSED = frozenset({SIGNED_WRONG, SESSION_OVER, 11, 26, 28, 29})
"""Codes of a wrong signature, a session that is over or missing, an application that is unknown or has no right."""
BEIJING = timezone(timedelta(hours=8))
STAMP = "%Y-%m-%d %H:%M:%S"
METHODS: Mapping[str, tuple[str, str]] = {
    "trade": ("trades.sold.increment.get", "trade"),
    "order": ("orders.sold.increment.get", "order"),
    "refund": ("refunds.receive.get", "refund"),
}
"""How each object is asked for, and what a row of it is called in the answer."""
_STAMP = column(CHANGED, "修改时间", "Changed at", "instant")
_TRADE = column("tid", "交易编号", "Trade")
OBJECTS = (
    changing(
        "trade",
        "交易",
        "Trade",
        _TRADE,
        column("status", "状态", "State"),
        column("buyer_nick", "买家", "Buyer", "text", "G2"),
        column("payment", "实付金额", "Paid", "number"),
        column("discount_fee", "优惠", "Discount", "number"),
        column("post_fee", "运费", "Postage", "number"),
        column("receiver_city", "收货城市", "City"),
        column("created", "创建时间", "Created", "instant"),
        column("pay_time", "付款时间", "Paid at", "instant"),
        _STAMP,
    ),
    changing(
        "order",
        "子订单",
        "Line of a trade",
        column("oid", "子订单编号", "Line"),
        _TRADE,
        column("outer_sku_id", "物料编码", "Material"),
        column("title", "商品标题", "Title"),
        column("num", "数量", "Quantity", "number"),
        column("price", "单价", "Price", "number"),
        column("payment", "实付金额", "Paid", "number"),
        column("status", "状态", "State"),
        _STAMP,
    ),
    changing(
        "refund",
        "退款",
        "Refund",
        column("refund_id", "退款编号", "Refund"),
        _TRADE,
        column("oid", "子订单编号", "Line"),
        column("refund_fee", "退款金额", "Amount", "number"),
        column("reason", "原因", "Reason"),
        column("status", "状态", "State"),
        column("created", "申请时间", "Asked at", "instant"),
        _STAMP,
    ),
)


def put_together(asked: Mapping[str, str]) -> str:
    """Names and values in the order of names without anything between them, as they are signed."""
    return "".join(f"{name}{asked[name]}" for name in sorted(asked) if name != "sign" and asked[name])


def sign(secret: str, asked: Mapping[str, str]) -> str:
    """What proves a request."""
    return hmac.new(secret.encode(), put_together(asked).encode(), hashlib.sha256).hexdigest().upper()


SPEC = ConnectorSpec(
    "shop",
    Label({"zh": "电商开放平台", "en": "E-commerce (open platform)"}),
    "shop",
    {
        "type": "object",
        "additionalProperties": False,
        "required": ["object", "app_key", "app_secret", "session"],
        "properties": {
            "object": {"enum": list(METHODS)},
            "app_key": named("AppKey", "App key"),
            "app_secret": secret("AppSecret", "App secret"),
            "session": secret("授权会话", "Session of the shop"),
            "prefix": {**named("方法名前缀", "Prefix of methods"), "default": "taobao"},
        },
    },
    objects=OBJECTS,
    icon="cart",
    follows=Label(
        {
            "zh": "淘宝开放平台(TOP)公开文档：API 调用签名(hmac-sha256)、按修改时间的增量查询、错误码 7/25/27",
            "en": "Public documents of Taobao's open platform (TOP): signature by hmac-sha256, increments by time, codes",
        }
    ),
)


@dataclass(frozen=True, slots=True)
class ShopConnector:
    """Rows of one object, in pages ordered by when they were modified."""

    spec: ConnectorSpec = SPEC

    def rows(self, source: Source, context: Context, reach: SourceReach) -> Iterator[SourceRow | Checkpoint]:
        def ask(since: str, behind: int) -> Sequence[Mapping[str, object]]:
            page = {"page_no": str(behind // SIZE + 1), "page_size": str(SIZE), "use_has_next": "true"}
            return _asked(source, reach, {**page, "start_modified": since})

        return changes(source, reach, CHANGED, SIZE, ask)


def _asked(source: Source, reach: SourceReach, asked: Mapping[str, str]) -> list[Mapping[str, object]]:
    """The rows of a page. Raises SourceFault."""
    given = source.settings
    method, row = METHODS[str(given["object"])]
    name = f"{given.get('prefix', 'taobao')}.{method}"
    code: object = None
    for attempt in reach.calls.attempts():
        sent = _signed(given, reach, {**asked, "method": name})
        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
        answer = map_of(json_of(reach.calls.send("POST", ROUTER, headers, urlencode(sent).encode())))
        refusal = answer.get("error_response")
        if refusal is None:
            told = map_of(answer.get(f"{name.partition('.')[2].replace('.', '_')}_response"))
            return [map_of(one) for one in list_of(map_of(told.get(f"{row}s") or {}).get(row))]
        code = map_of(refusal).get("code")
        if code != LIMITED:
            break
        reach.calls.wait(None, attempt)
    if code in REFUSED:
        raise SourceFault(
            "not_authorised",
            "开放平台拒绝访问：检查 AppKey、密钥与授权会话",
            "The platform refuses: check app key, secret and session",
        )
    told_code = code if isinstance(code, int) else "?"
    raise SourceFault("bad_status", f"开放平台回应错误码 {told_code}", f"The platform answers with code {told_code}")


def _signed(given: Mapping[str, object], reach: SourceReach, asked: Mapping[str, str]) -> dict[str, str]:
    now = reach.clock.now().replace(tzinfo=reach.clock.now().tzinfo or UTC).astimezone(BEIJING)
    sent = {
        **{name: value for name, value in asked.items() if value},
        "app_key": str(given["app_key"]),
        "session": reach.secret(str(given["session"])),
        "timestamp": now.strftime(STAMP),
        "format": "json",
        "v": "2.0",
        "sign_method": "hmac-sha256",
    }
    return {**sent, "sign": sign(reach.secret(str(given["app_secret"])), sent)}


CONNECTOR = ShopConnector()
