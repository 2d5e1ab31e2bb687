"""Yonyou YonBIP (用友 YonBIP): materials, customers, sales orders and receivables by the open platform's list interfaces.

Follows the open platform's documents as published (self-built applications, token by signature; list interfaces of the
digital model, sales and receivables). Tried against the simulator alone; no live system was reached.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import quote

from engine.extensions import Checkpoint, ConnectorSpec, SourceFault, SourceReach, SourceRow
from engine.model.context import Context
from engine.model.names import Label
from engine.model.sources import Source
from packs.connectors.changes import changes
from packs.connectors.coded_calls import CodedCalls, Verdict
from packs.connectors.columns import changing, column
from packs.connectors.json_answers import asked_with_json, json_of, list_of, map_of
from packs.connectors.settings import named, secret

TOKEN = "/open-auth/selfAppAuth/getAccessToken"
GATEWAY = "/iuap-api-gateway"
SIZE = 100
CHANGED = "pubts"
DONE, DONE_TOKEN = "200", "00000"
EXPIRED = frozenset({"310036", "310037", "1090003500065"})
"""Codes of a token that is over or unknown: another one is asked for, once."""
LIMITED = frozenset({"310046", "429"})
"""Codes of too many calls in a minute."""


LISTINGS: Mapping[str, str] = {
    "material": "/yonbip/digitalModel/product/list",
    "customer": "/yonbip/digitalModel/merchant/list",
    "sales_order": "/yonbip/sd/voucherorder/list",
    "receivable": "/yonbip/fi/receivable/list",
}
"""Where objects are listed."""


_STAMP = column(CHANGED, "更新时间", "Changed at", "instant")
OBJECTS = (
    changing(
        "material",
        "物料",
        "Material",
        column("code", "编码", "Code"),
        column("name", "名称", "Name"),
        column("modelDescription", "规格型号", "Model"),
        column("manageClassName", "分类", "Category"),
        column("unitName", "计量单位", "Unit"),
        column("markPrice", "建议零售价", "List price", "number"),
        column("stopstatus", "停用", "Stopped", "boolean"),
        _STAMP,
    ),
    changing(
        "customer",
        "客户",
        "Customer",
        column("code", "编码", "Code"),
        column("name", "名称", "Name"),
        column("creditcode", "统一社会信用代码", "Credit code", "text", "G2"),
        column("address", "地址", "Address", "text", "G2"),
        column("customerClassName", "分类", "Class"),
        column("contactTel", "电话", "Telephone", "text", "G3"),
        _STAMP,
    ),
    changing(
        "sales_order",
        "销售订单",
        "Sales order",
        column("code", "单据编号", "Number"),
        column("vouchdate", "单据日期", "Date", "date"),
        column("agentId_code", "客户编码", "Customer code"),
        column("agentId_name", "客户", "Customer"),
        column("payMoney", "价税合计", "Amount with tax", "number", "G2"),
        column("nextStatusName", "状态", "State"),
        _STAMP,
    ),
    changing(
        "receivable",
        "应收单",
        "Receivable",
        column("code", "单据编号", "Number"),
        column("vouchdate", "单据日期", "Date", "date"),
        column("dueDate", "到期日", "Due", "date"),
        column("customer_code", "客户编码", "Customer code"),
        column("contractNo", "合同号", "Contract"),
        column("oriSum", "金额", "Amount", "number", "G2"),
        column("oriBalance", "余额", "Balance", "number", "G2"),
        _STAMP,
    ),
)
SPEC = ConnectorSpec(
    "yonbip",
    Label({"zh": "用友 YonBIP", "en": "Yonyou YonBIP"}),
    "erp",
    {
        "type": "object",
        "additionalProperties": False,
        "required": ["object", "app_key", "app_secret"],
        "properties": {
            "object": {"enum": list(LISTINGS)},
            "app_key": named("AppKey", "App key"),
            "app_secret": secret("AppSecret", "App secret"),
        },
    },
    objects=OBJECTS,
    icon="building",
    follows=Label(
        {
            "zh": "用友开放平台文档：自建应用获取 access_token；物料、客户、销售订单、应收单列表查询",
            "en": "Yonyou open platform: token of self-built applications; lists of materials, customers, orders, receivables",
        }
    ),
)


class YonBipConnector:
    """Rows of one object, in pages ordered by when they changed."""

    spec = SPEC

    def rows(self, source: Source, context: Context, reach: SourceReach) -> Iterator[SourceRow | Checkpoint]:
        session = _Session(reach, source.settings)
        path = LISTINGS[str(source.settings["object"])]

        def ask(since: str, behind: int) -> Sequence[Mapping[str, object]]:
            found = session.ask(path, _asked(behind // SIZE + 1, since))
            return [map_of(one) for one in list_of(found.get("recordList"))]

        return changes(source, reach, CHANGED, SIZE, ask)


def _asked(page: int, since: str) -> dict[str, object]:
    """The body of a list: its page, what changed since, in the order of changes."""
    body: dict[str, object] = {"pageIndex": page, "pageSize": SIZE, "queryOrders": [{"field": CHANGED, "order": "asc"}]}
    if since:
        body["simpleVOs"] = [{"field": CHANGED, "op": "egt", "value1": since}]
    return body


class _Session:
    """Calls with a token; codes stand in the body of answers."""

    def __init__(self, reach: SourceReach, settings: Mapping[str, object]) -> None:
        self._reach = reach
        self._key = str(settings["app_key"])
        self._secret = reach.secret(str(settings["app_secret"]))
        self._calls = CodedCalls(reach.calls, self._fresh_token, _verdict, _refusal)

    def ask(self, path: str, body: Mapping[str, object]) -> Mapping[str, object]:
        """The data of an answer. Raises SourceFault with the code of a refusal."""

        def sent(token: str) -> Mapping[str, object]:
            address = f"{GATEWAY}{path}?access_token={quote(token)}"
            return map_of(json_of(asked_with_json(self._reach.calls, address, body)))

        return map_of(self._calls.ask(sent).get("data"))

    def _fresh_token(self) -> str:
        stamp = str(int(self._reach.clock.now().timestamp() * 1000))
        said = f"appKey{self._key}timestamp{stamp}"
        signature = base64.b64encode(hmac.new(self._secret.encode(), said.encode(), hashlib.sha256).digest()).decode()
        query = f"appKey={quote(self._key)}&timestamp={stamp}&signature={quote(signature, safe='')}"
        answer = map_of(json_of(self._reach.calls.send("GET", f"{TOKEN}?{query}", {})))
        if str(answer.get("code")) != DONE_TOKEN:
            raise SourceFault(
                "not_authorised", "用友拒绝签发令牌：检查 app_key 与密钥", "No token: check app_key and secret"
            )
        return str(map_of(answer.get("data")).get("access_token"))


def _verdict(answer: Mapping[str, object]) -> Verdict:
    code = str(answer.get("code"))
    if code == DONE:
        return "done"
    return "over" if code in EXPIRED else "limited" if code in LIMITED else "refused"


def _refusal(answer: Mapping[str, object]) -> SourceFault:
    code = str(answer.get("code"))
    if code in EXPIRED:
        return SourceFault("not_authorised", "令牌无效", "The token is not valid")
    told = code if code.isascii() and code.isalnum() and len(code) < 20 else "?"
    return SourceFault("bad_status", f"用友回应代码 {told}", f"YonBIP answers with code {told}")


CONNECTOR = YonBipConnector()
