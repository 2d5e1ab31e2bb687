"""POS: tickets of tills, their lines, and the closing of each day; every request is signed.

No one maker: words are those of ARTS (retail transaction, line item, business day), asked for by REST. A request is proved by
an HMAC-SHA256 over its method, its target and the second at which it was made, as is usual. Tried against the simulator alone.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping

from engine.extensions import ConnectorSpec, SourceReach
from engine.model.names import Label
from packs.connectors.columns import changing, column
from packs.connectors.listed_objects import ListedObjects, follows, settings_of
from packs.connectors.settings import named, secret

BASE = "/pos/v1"
CHANGED = "updated_at"
APP, SIGNED_AT, SIGNATURE = "X-App-Id", "X-Timestamp", "X-Signature"
_STAMP = column(CHANGED, "更新时间", "Changed at", "instant")
_STORE = column("store", "门店", "Store")
_DAY = column("business_day", "营业日", "Business day", "date")
OBJECTS = (
    changing(
        "ticket",
        "小票",
        "Ticket",
        column("ticket_no", "小票号", "Number"),
        _STORE,
        column("till", "收银台", "Till"),
        _DAY,
        column("sold_at", "时间", "At", "instant"),
        column("associate", "店员", "Associate", "text", "G2"),
        column("member", "会员", "Member", "text", "G2"),
        column("total", "实收", "Total", "number"),
        column("discount", "优惠", "Discount", "number"),
        column("payment", "支付方式", "Payment"),
        column("kind", "类型", "Kind"),
        _STAMP,
    ),
    changing(
        "line",
        "小票行",
        "Line",
        column("id", "标识", "ID"),
        column("ticket_no", "小票号", "Ticket"),
        column("line_no", "行号", "Line number", "number"),
        column("sku", "物料编码", "Material"),
        column("quantity", "数量", "Quantity", "number"),
        column("price", "单价", "Price", "number"),
        column("amount", "金额", "Amount", "number"),
        _STAMP,
    ),
    changing(
        "closing",
        "日结",
        "Closing of a day",
        column("id", "标识", "ID"),
        _STORE,
        _DAY,
        column("tickets", "小票数", "Tickets", "number"),
        column("total", "实收合计", "Total", "number"),
        column("cash", "现金", "Cash", "number"),
        column("difference", "长短款", "Over or short", "number"),
        _STAMP,
    ),
)


def signature(secret: str, target: str, stamp: str) -> str:
    """What proves a GET of a target (path with its query) at a second."""
    said = f"GET\n{target}\n{stamp}"
    return base64.b64encode(hmac.new(secret.encode(), said.encode(), hashlib.sha256).digest()).decode()


def by_signature(given: Mapping[str, object], reach: SourceReach, target: str) -> Mapping[str, str]:
    """The application's name, the second, and what proves both."""
    stamp = str(int(reach.clock.now().timestamp()))
    proof = signature(reach.secret(str(given["app_secret"])), target, stamp)
    return {APP: str(given["app_id"]), SIGNED_AT: stamp, SIGNATURE: proof}


CONNECTOR = ListedObjects(
    ConnectorSpec(
        "pos",
        Label({"zh": "收银系统 POS", "en": "Point of sale (POS)"}),
        "pos",
        settings_of(
            OBJECTS,
            {
                "app_id": named("应用 ID", "App id", 64),
                "app_secret": secret("签名密钥", "Secret of the signature"),
            },
        ),
        objects=OBJECTS,
        icon="store",
        follows=follows("ARTS 零售数据模型", "the ARTS retail data model"),
    ),
    BASE,
    by_signature,
)
