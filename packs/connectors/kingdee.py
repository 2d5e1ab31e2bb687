"""Kingdee Cloud Galaxy (金蝶云星空): materials, customers, sales orders and receivables by its web interface for queries.

Follows the vendor's documents as published (sign-in by the secret of an application, `ExecuteBillQuery` with fields,
filter, order and rows). Tried against the simulator alone; no live system was reached.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from engine.extensions import Checkpoint, ConnectorSpec, SourceFault, SourceReach, SourceRow
from engine.model.context import Context
from engine.model.names import Label
from engine.model.sources import Source
from packs.connectors.changes import changes
from packs.connectors.columns import changing, column
from packs.connectors.json_answers import asked_with_json, json_of, list_of, map_of
from packs.connectors.settings import named, secret

SERVICES = "/k3cloud/Kingdee.BOS.WebApi.ServicesStub"
SIGN_IN = f"{SERVICES}.AuthService.LoginByAppSecret.common.kdsvc"
QUERY = f"{SERVICES}.DynamicFormService.ExecuteBillQuery.common.kdsvc"
COOKIE = "kdservice-sessionid"
SIZE = 500
CHANGED = "FModifyDate"
SIGNED_IN, LOST = 1, 1
"""`LoginResultType` of a sign-in that worked, and `MsgCode` of a session that is over."""
CHINESE = 2052


_STAMP = column(CHANGED, "修改时间", "Changed at", "instant")
OBJECTS = (
    changing(
        "BD_MATERIAL",
        "物料",
        "Material",
        column("FNumber", "编码", "Code"),
        column("FName", "名称", "Name"),
        column("FSpecification", "规格型号", "Model"),
        column("FMaterialGroup.FName", "物料分组", "Group"),
        column("FRefCost", "参考成本", "Reference cost", "number", "G3"),
        column("FForbidStatus", "禁用状态", "Forbidden"),
        _STAMP,
    ),
    changing(
        "BD_Customer",
        "客户",
        "Customer",
        column("FNumber", "编码", "Code"),
        column("FName", "名称", "Name"),
        column("FSOCIALCRECODE", "统一社会信用代码", "Credit code", "text", "G2"),
        column("FADDRESS", "通讯地址", "Address", "text", "G2"),
        column("FTEL", "联系电话", "Telephone", "text", "G3"),
        _STAMP,
    ),
    changing(
        "SAL_SaleOrder",
        "销售订单",
        "Sales order",
        column("FBillNo", "单据编号", "Number"),
        column("FDate", "日期", "Date", "date"),
        column("FCustId.FNumber", "客户编码", "Customer code"),
        column("FBillAllAmount", "价税合计", "Amount with tax", "number", "G2"),
        column("FDocumentStatus", "单据状态", "State"),
        _STAMP,
    ),
    changing(
        "AR_receivable",
        "应收单",
        "Receivable",
        column("FBillNo", "单据编号", "Number"),
        column("FDATE", "业务日期", "Date", "date"),
        column("FENDDATE", "到期日", "Due", "date"),
        column("FCUSTOMERID.FNumber", "客户编码", "Customer code"),
        column("FALLAMOUNTFOR", "价税合计", "Amount with tax", "number", "G2"),
        _STAMP,
    ),
)
SPEC = ConnectorSpec(
    "kingdee",
    Label({"zh": "金蝶云星空", "en": "Kingdee Cloud Galaxy"}),
    "erp",
    {
        "type": "object",
        "additionalProperties": False,
        "required": ["object", "account", "user", "app_id", "app_secret"],
        "properties": {
            "object": {"enum": [one.name for one in OBJECTS]},
            "account": named("账套 ID", "Account id", 64),
            "user": named("用户名", "User", 64),
            "app_id": named("应用 ID", "App id"),
            "page_size": {
                "type": "integer",
                "minimum": 1,
                "maximum": 2000,
                "default": SIZE,
                "x-titles": {"zh": "每页行数", "en": "Rows a page"},
            },
            "app_secret": secret("应用密钥", "App secret"),
        },
    },
    objects=OBJECTS,
    icon="building",
    follows=Label(
        {
            "zh": "金蝶云星空 WebAPI 文档：第三方系统登录授权、单据查询 ExecuteBillQuery",
            "en": "Kingdee Cloud Galaxy WebAPI: sign-in of third-party systems, ExecuteBillQuery",
        }
    ),
)


class KingdeeConnector:
    """Rows of one form, in the order in which they changed."""

    spec = SPEC

    def rows(self, source: Source, context: Context, reach: SourceReach) -> Iterator[SourceRow | Checkpoint]:
        session = _Session(reach, source.settings)
        names = tuple(dict.fromkeys((*source.fields.values(), CHANGED)))
        form, size = str(source.settings["object"]), int(str(source.settings.get("page_size", SIZE)))

        def ask(since: str, behind: int) -> Sequence[Mapping[str, object]]:
            found = session.ask(_asked(form, names, since, behind, size))
            return [dict(zip(names, list_of(row), strict=False)) for row in found]

        return changes(source, reach, CHANGED, size, ask)


def _asked(form: str, names: Sequence[str], since: str, behind: int, size: int) -> dict[str, object]:
    """The body of a query: what changed since, in the order of changes, behind so many rows."""
    return {
        "FormId": form,
        "FieldKeys": ",".join(names),
        "FilterString": f"{CHANGED}>='{since}'" if since else "",
        "OrderString": f"{CHANGED} ASC",
        "StartRow": behind,
        "Limit": size,
    }


class _Session:
    """Queries with a session, which is begun when there is none and once more when it is over."""

    def __init__(self, reach: SourceReach, settings: Mapping[str, object]) -> None:
        self._reach = reach
        self._settings = settings
        self._secret = reach.secret(str(settings["app_secret"]))
        self._session = ""

    def ask(self, body: Mapping[str, object]) -> list[object]:
        """The rows of an answer. Raises SourceFault."""
        for renewed in (False, True):
            self._session = self._session or self._begin()
            cookie = {"Cookie": f"{COOKIE}={self._session}"}
            rows = list_of(json_of(asked_with_json(self._reach.calls, QUERY, {"data": body}, cookie)))
            refusal = _refusal(rows)
            if refusal is None:
                return rows
            if refusal.get("MsgCode") != LOST:
                raise SourceFault(
                    "bad_query", "金蝶拒绝查询：检查字段与权限", "The query is refused: check fields and rights"
                )
            self._session = ""
            if renewed:
                break
        raise SourceFault("not_authorised", "金蝶的会话无效", "The session is not valid")

    def _begin(self) -> str:
        asked = {
            "acctID": self._settings["account"],
            "username": self._settings["user"],
            "appId": self._settings["app_id"],
            "appSecret": self._secret,
            "lcid": CHINESE,
        }
        answer = map_of(json_of(asked_with_json(self._reach.calls, SIGN_IN, asked)))
        if answer.get("LoginResultType") != SIGNED_IN:
            raise SourceFault(
                "not_authorised", "金蝶拒绝登录：检查账套、用户与应用密钥", "No sign-in: check account, user and secret"
            )
        return str(answer.get("KDSVCSessionId"))


def _refusal(rows: Sequence[object]) -> Mapping[str, object] | None:
    """What an answer refuses: it stands where the first row would, as a map."""
    first = rows[0] if rows and isinstance(rows[0], list) and rows[0] else None
    inner = first[0] if first else None
    if not isinstance(inner, dict) or "Result" not in inner:
        return None
    return map_of(map_of(inner["Result"]).get("ResponseStatus"))


CONNECTOR = KingdeeConnector()
