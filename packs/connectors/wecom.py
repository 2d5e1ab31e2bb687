"""WeCom customer contacts (企业微信客户联系): external contacts, who follows whom, tags.

Follows the published documents: token by corpid and corpsecret for 7,200 s, members with customer contact, details of
customers by members with a cursor, tags of the company. The interface tells no time of change: every run reads all, and rows
that are as they were change nothing. Tried against the simulator alone; no live system was reached.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from urllib.parse import quote, urlencode

from engine.diagnostics import Message
from engine.extensions import Checkpoint, ConnectorSpec, SourceFault, SourceObject, SourceReach, SourceRow
from engine.model.context import Context
from engine.model.names import Label
from engine.model.sources import Source
from packs.connectors.coded_calls import CodedCalls, Verdict
from packs.connectors.columns import column
from packs.connectors.json_answers import asked_with_json, json_of, list_of, map_of
from packs.connectors.settings import named, secret

TOKEN = "/cgi-bin/gettoken"
MEMBERS = "/cgi-bin/externalcontact/get_follow_user_list"
BATCH = "/cgi-bin/externalcontact/batch/get_by_user"
TAGS = "/cgi-bin/externalcontact/get_corp_tag_list"
MOST_MEMBERS, SIZE = 100, 100
"""Members that one question may name, and customers that one answer may hold."""
DONE = 0
EXPIRED = frozenset({40014, 41001, 42001})
"""Codes of a token that is unknown, missing or over: another one is asked for, once."""
LIMITED = frozenset({-1, 45009, 45033})
"""Codes of a system that is busy, of too many calls, of too many at once."""
REFUSED = frozenset({40001, 40013, 48002, 60011, 60020, 84061})
"""Codes of a wrong secret or company, and of rights that are not given."""
JOINT = "、"

_CONTACT = (
    column("external_userid", "外部联系人 ID", "External id"),
    column("name", "姓名", "Name", "text", "G2"),
    column("type", "类型（1 微信、2 企业微信）", "Type (1 WeChat, 2 WeCom)", "number"),
    column("gender", "性别（0 未知、1 男、2 女）", "Gender (0 unknown, 1 male, 2 female)", "number", "G2"),
    column("corp_name", "企业简称", "Company"),
    column("corp_full_name", "企业全称", "Company in full"),
    column("position", "职务", "Position", "text", "G2"),
    column("unionid", "unionid", "Union id", "text", "G2"),
)
_FOLLOW = (
    column("userid", "跟进成员", "Member"),
    column("remark", "备注", "Remark", "text", "G2"),
    column("description", "描述", "Description", "text", "G2"),
    column("remark_corp_name", "备注企业", "Company in the remark"),
    column("remark_mobiles", "备注手机", "Telephones in the remark", "text", "G3"),
    column("createtime", "添加时间", "Added at", "instant"),
    column("add_way", "添加方式", "Way of adding", "number"),
    column("tags", "标签", "Tags"),
)
OBJECTS = (
    SourceObject(
        "external_contact",
        Label(
            {
                "zh": "客户（每人一行，取先列出的跟进成员）",
                "en": "Customer (a row each, of the member who is listed first)",
            }
        ),
        (*_CONTACT, *_FOLLOW),
        ("external_userid",),
    ),
    SourceObject(
        "follow_user",
        Label({"zh": "跟进关系（客户 × 成员）", "en": "Follower (customer by member)"}),
        (*_CONTACT, *_FOLLOW),
        ("external_userid", "userid"),
    ),
    SourceObject(
        "corp_tag",
        Label({"zh": "企业标签", "en": "Tag of the company"}),
        (
            column("id", "标签 ID", "Tag id"),
            column("name", "标签", "Tag"),
            column("group_id", "标签组 ID", "Group id"),
            column("group_name", "标签组", "Group"),
            column("create_time", "创建时间", "Created at", "instant"),
        ),
        ("id",),
    ),
)
SPEC = ConnectorSpec(
    "wecom",
    Label({"zh": "微信 SCRM（企业微信客户联系）", "en": "WeChat SCRM (WeCom customer contacts)"}),
    "scrm",
    {
        "type": "object",
        "additionalProperties": False,
        "required": ["object", "corp_id", "corp_secret"],
        "properties": {
            "object": {"enum": [one.name for one in OBJECTS]},
            "corp_id": named("企业 ID", "Company id", 64),
            "corp_secret": secret("客户联系密钥", "Secret of customer contacts"),
        },
    },
    objects=OBJECTS,
    icon="users",
    follows=Label(
        {
            "zh": "企业微信开发者文档：获取 access_token、获取配置了客户联系功能的成员列表、批量获取客户详情、获取企业标签库、全局错误码",
            "en": "WeCom developer documents: access_token, members with customer contact, customers in batches, tags, codes",
        }
    ),
)


class WecomConnector:
    """Customers as the members of a company follow them, or its tags."""

    spec = SPEC

    def rows(self, source: Source, context: Context, reach: SourceReach) -> Iterator[SourceRow | Checkpoint]:
        session = _Session(reach, source.settings)
        name = str(source.settings["object"])
        found = next(one for one in OBJECTS if one.name == name)
        seen = set[tuple[object, ...]]()
        for number, row in enumerate(_READ[name](session), start=1):
            key = tuple(row.get(column) for column in found.key)
            if key in seen:
                continue
            seen.add(key)
            values = {field: row.get(column) for field, column in source.fields.items()}
            yield SourceRow(Message(f"第 {number} 条", f"item {number}"), values)


class _Session:
    """Calls with a token; codes stand in the body of answers."""

    def __init__(self, reach: SourceReach, settings: Mapping[str, object]) -> None:
        self._reach = reach
        self._corp = str(settings["corp_id"])
        self._secret = reach.secret(str(settings["corp_secret"]))
        self._calls = CodedCalls(reach.calls, self._fresh_token, _verdict, _refusal)

    def ask(self, path: str, body: Mapping[str, object] | None = None) -> Mapping[str, object]:
        """An answer without an error; without a body it is a GET. Raises SourceFault."""
        return self._calls.ask(lambda token: self._sent(f"{path}?access_token={quote(token)}", body))

    def _sent(self, path: str, body: Mapping[str, object] | None) -> Mapping[str, object]:
        calls = self._reach.calls
        return map_of(json_of(calls.send("GET", path, {}) if body is None else asked_with_json(calls, path, body)))

    def _fresh_token(self) -> str:
        answer = self._sent(f"{TOKEN}?{urlencode({'corpid': self._corp, 'corpsecret': self._secret})}", None)
        if _code(answer) != DONE:
            raise SourceFault(
                "not_authorised", "企业微信拒绝签发令牌：检查 corp_id 与密钥", "No token: check corp_id and secret"
            )
        return str(answer.get("access_token"))


def _code(answer: Mapping[str, object]) -> int:
    found = answer.get("errcode", DONE)
    return found if isinstance(found, int) else -2


def _verdict(answer: Mapping[str, object]) -> Verdict:
    code = _code(answer)
    if code == DONE:
        return "done"
    return "over" if code in EXPIRED else "limited" if code in LIMITED else "refused"


def _refusal(answer: Mapping[str, object]) -> SourceFault:
    code = _code(answer)
    if code in EXPIRED | REFUSED:
        return SourceFault(
            "not_authorised",
            f"企业微信拒绝访问（{code}）：检查密钥、可调用应用与可信 IP",
            f"Access is denied ({code}): check the secret, the allowed application and the trusted address",
        )
    return SourceFault("bad_status", f"企业微信回应代码 {code}", f"WeCom answers with code {code}")


def _followed(session: _Session) -> Iterator[Mapping[str, object]]:
    """Every customer of every member, flat: what is known of the customer beside what the member noted."""
    members = [str(one) for one in list_of(session.ask(MEMBERS).get("follow_user"))]
    names = {str(one["id"]): str(one["name"]) for one in _tags(session)}
    for at in range(0, len(members), MOST_MEMBERS):
        for one in _pages(session, members[at : at + MOST_MEMBERS]):
            told, noted = map_of(one.get("external_contact")), map_of(one.get("follow_info"))
            yield {
                **told,
                **noted,
                "createtime": _instant(noted.get("createtime")),
                "remark_mobiles": JOINT.join(str(mobile) for mobile in list_of(noted.get("remark_mobiles"))),
                "tags": JOINT.join(names.get(str(tag), str(tag)) for tag in list_of(noted.get("tag_id"))),
            }


def _pages(session: _Session, members: list[str]) -> Iterator[Mapping[str, object]]:
    """The customers of some members, page after page. Raises SourceFault where the cursor goes nowhere."""
    cursor, seen = "", set[str]()
    while True:
        answer = session.ask(BATCH, {"userid_list": members, "cursor": cursor, "limit": SIZE})
        yield from (map_of(one) for one in list_of(answer.get("external_contact_list")))
        cursor = str(answer.get("next_cursor") or "")
        if not cursor:
            return
        if cursor in seen:
            raise SourceFault("page_repeats", "对方反复返回同一页", "The same page comes again and again")
        seen.add(cursor)


def _tags(session: _Session) -> Iterator[Mapping[str, object]]:
    for one in list_of(session.ask(TAGS, {}).get("tag_group")):
        group = map_of(one)
        for tag in (map_of(found) for found in list_of(group.get("tag"))):
            yield {
                "id": tag.get("id"),
                "name": tag.get("name"),
                "group_id": group.get("group_id"),
                "group_name": group.get("group_name"),
                "create_time": _instant(tag.get("create_time")),
            }


def _instant(seconds: object) -> str | None:
    """Seconds since 1970 as an instant."""
    return datetime.fromtimestamp(seconds, UTC).isoformat() if isinstance(seconds, int) and seconds > 0 else None


_READ: Mapping[str, Callable[[_Session], Iterator[Mapping[str, object]]]] = {
    "external_contact": _followed,
    "follow_user": _followed,
    "corp_tag": _tags,
}
CONNECTOR = WecomConnector()
