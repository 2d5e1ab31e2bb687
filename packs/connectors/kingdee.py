"""Kingdee Cloud Galaxy (金蝶云星空): materials, customers, sales orders and receivables by its web interface for queries.

Follows the vendor's documents as published (sign-in by the secret of an application, `ExecuteBillQuery` with fields,
filter, order and rows). Tried against the simulator alone; no live system was reached.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from engine.extensions import Checkpoint, ConnectorSpec, SourceColumn, SourceObject, SourceReach, SourceRow
from engine.model.context import Context
from engine.model.names import Label
from engine.model.sources import Source
from packs.connectors.calling import Calls, ConnectorFault, json_of, list_of, map_of
from packs.connectors.changes import changes

SERVICES = "/k3cloud/Kingdee.BOS.WebApi.ServicesStub"
SIGN_IN = f"{SERVICES}.AuthService.LoginByAppSecret.common.kdsvc"
QUERY = f"{SERVICES}.DynamicFormService.ExecuteBillQuery.common.kdsvc"
COOKIE = "kdservice-sessionid"
SIZE = 500
CHANGED = "FModifyDate"
SIGNED_IN, LOST = 1, 1
"""`LoginResultType` of a sign-in that worked, and `MsgCode` of a session that is over."""
CHINESE = 2052


def _column(name: str, zh: str, en: str, kind: str = "text", level: str = "G1") -> SourceColumn:
    return SourceColumn(name, Label({"zh": zh, "en": en}), kind, level)  # type: ignore[arg-type]


_STAMP = _column(CHANGED, "修改时间", "Changed at", "instant")
OBJECTS = (
    SourceObject(
        "BD_MATERIAL",
        Label({"zh": "物料", "en": "Material"}),
        (
            _column("FNumber", "编码", "Code"),
            _column("FName", "名称", "Name"),
            _column("FSpecification", "规格型号", "Model"),
            _column("FMaterialGroup.FName", "物料分组", "Group"),
            _column("FRefCost", "参考成本", "Reference cost", "number", "G3"),
            _column("FForbidStatus", "禁用状态", "Forbidden"),
            _STAMP,
        ),
        ("FNumber",),
        CHANGED,
    ),
    SourceObject(
        "BD_Customer",
        Label({"zh": "客户", "en": "Customer"}),
        (
            _column("FNumber", "编码", "Code"),
            _column("FName", "名称", "Name"),
            _column("FSOCIALCRECODE", "统一社会信用代码", "Credit code", "text", "G2"),
            _column("FADDRESS", "通讯地址", "Address", "text", "G2"),
            _column("FTEL", "联系电话", "Telephone", "text", "G3"),
            _STAMP,
        ),
        ("FNumber",),
        CHANGED,
    ),
    SourceObject(
        "SAL_SaleOrder",
        Label({"zh": "销售订单", "en": "Sales order"}),
        (
            _column("FBillNo", "单据编号", "Number"),
            _column("FDate", "日期", "Date", "date"),
            _column("FCustId.FNumber", "客户编码", "Customer code"),
            _column("FBillAllAmount", "价税合计", "Amount with tax", "number", "G2"),
            _column("FDocumentStatus", "单据状态", "State"),
            _STAMP,
        ),
        ("FBillNo",),
        CHANGED,
    ),
    SourceObject(
        "AR_receivable",
        Label({"zh": "应收单", "en": "Receivable"}),
        (
            _column("FBillNo", "单据编号", "Number"),
            _column("FDATE", "业务日期", "Date", "date"),
            _column("FENDDATE", "到期日", "Due", "date"),
            _column("FCUSTOMERID.FNumber", "客户编码", "Customer code"),
            _column("FALLAMOUNTFOR", "价税合计", "Amount with tax", "number", "G2"),
            _STAMP,
        ),
        ("FBillNo",),
        CHANGED,
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
            "account": {"type": "string", "minLength": 1, "maxLength": 64},
            "user": {"type": "string", "minLength": 1, "maxLength": 64},
            "app_id": {"type": "string", "minLength": 1, "maxLength": 128},
            "app_secret": {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,47}$", "x-secret": True},
        },
    },
    objects=OBJECTS,
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
        session = _Session(Calls(context, reach), source.settings)
        names = tuple(dict.fromkeys((*source.fields.values(), CHANGED)))

        def ask(since: str, behind: int) -> Sequence[Mapping[str, object]]:
            found = session.ask(_asked(str(source.settings["object"]), names, since, behind))
            return [dict(zip(names, list_of(row), strict=False)) for row in found]

        return changes(source, reach, CHANGED, SIZE, ask)


def _asked(form: str, names: Sequence[str], since: str, behind: int) -> dict[str, object]:
    """The body of a query: what changed since, in the order of changes, behind so many rows."""
    return {
        "FormId": form,
        "FieldKeys": ",".join(names),
        "FilterString": f"{CHANGED}>='{since}'" if since else "",
        "OrderString": f"{CHANGED} ASC",
        "StartRow": behind,
        "Limit": SIZE,
    }


class _Session:
    """Queries with a session, which is begun when there is none and once more when it is over."""

    def __init__(self, calls: Calls, settings: Mapping[str, object]) -> None:
        self._calls = calls
        self._settings = settings
        self._secret = calls.reach.secret(str(settings["app_secret"]))
        self._session = ""

    def ask(self, body: Mapping[str, object]) -> list[object]:
        """The rows of an answer. Raises ConnectorFault."""
        for renewed in (False, True):
            self._session = self._session or self._begin()
            cookie = {"Cookie": f"{COOKIE}={self._session}"}
            rows = list_of(json_of(self._calls.post(QUERY, {"data": body}, cookie)))
            refusal = _refusal(rows)
            if refusal is None:
                return rows
            if refusal.get("MsgCode") != LOST:
                raise ConnectorFault(
                    "bad_query", "金蝶拒绝查询：检查字段与权限", "The query is refused: check fields and rights"
                )
            self._session = ""
            if renewed:
                break
        raise ConnectorFault("not_authorised", "金蝶的会话无效", "The session is not valid")

    def _begin(self) -> str:
        asked = {
            "acctID": self._settings["account"],
            "username": self._settings["user"],
            "appId": self._settings["app_id"],
            "appSecret": self._secret,
            "lcid": CHINESE,
        }
        answer = map_of(json_of(self._calls.post(SIGN_IN, asked)))
        if answer.get("LoginResultType") != SIGNED_IN:
            raise ConnectorFault(
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
