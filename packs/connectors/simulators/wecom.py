"""The other side of WeCom customer contacts: tokens of two hours, members, customers by cursor, tags, codes in the body."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from engine.extensions import SimulatorSpec
from engine.model.names import Label
from packs.connectors.simulators.company import START, Company
from packs.connectors.simulators.contacts import MEMBERS, TAGS, Contacts, Follow
from packs.connectors.simulators.faults import faulty
from packs.connectors.simulators.side import Side
from packs.connectors.simulators.tokens import Tokens
from packs.connectors.wecom import BATCH, MOST_MEMBERS, SIZE, TOKEN
from packs.connectors.wecom import MEMBERS as MEMBER_LIST
from packs.connectors.wecom import TAGS as TAG_LIST

CORP, SECRET = "ww-dougong-demo", "dougong-demo-secret"
LIVES = 7200
BAD_SECRET, BAD_CORP, UNKNOWN, MISSING, OVER, TOO_OFTEN, BAD, NO_MEMBER = (
    40001, 40013, 40014, 41001, 42001, 45009, 40058, 60111,
)  # fmt: skip
WORDS = {
    BAD_SECRET: "invalid credential",
    BAD_CORP: "invalid corpid",
    UNKNOWN: "invalid access_token",
    MISSING: "access_token missing",
    OVER: "access_token expired",
    TOO_OFTEN: "api freq out of limit",
    BAD: "invalid request parameter",
    NO_MEMBER: "userid not found",
}


def tag_id(number: int) -> str:
    """The identifier of a tag by its number."""
    return f"etDougong{number:023}"


@dataclass(slots=True)
class Wecom(Side):
    """The simulated side, and whom it let in."""

    contacts: Contacts = field(default_factory=lambda: Contacts(Company(1), 1))
    tokens: Tokens = field(default_factory=lambda: Tokens(LIVES))
    over: set[str] = field(default_factory=set)

    def app(self) -> ASGIApp:
        """The application, behind its faults."""
        routes = [
            Route(TOKEN, self._token),
            Route(MEMBER_LIST, self._members),
            Route(BATCH, self._customers, methods=["POST"]),
            Route(TAG_LIST, self._tags, methods=["POST"]),
        ]
        return faulty(Starlette(routes=routes), self.faults)

    def _token(self, request: Request) -> Response:
        if request.query_params.get("corpid") != CORP:
            return _refused(BAD_CORP)
        if request.query_params.get("corpsecret") != SECRET:
            return _refused(BAD_SECRET)
        return _answer(access_token=self.tokens.give(), expires_in=LIVES)

    def _refusal(self, request: Request) -> int:
        """The code with which a call is refused, 0 for none."""
        if self.faults.takes("expired"):
            self.over |= self.tokens.given.keys()
            self.tokens.end_all()
        token = request.query_params.get("access_token", "")
        if not token:
            return MISSING
        if not self.tokens.holds(token):
            return OVER if token in self.over | self.tokens.given.keys() else UNKNOWN
        return 0 if self.lets() else TOO_OFTEN

    def _members(self, request: Request) -> Response:
        refused = self._refusal(request)
        return _refused(refused) if refused else _answer(follow_user=list(MEMBERS))

    async def _customers(self, request: Request) -> Response:
        refused = self._refusal(request)
        if refused:
            return _refused(refused)
        asked = await request.json()
        members, limit, start = asked.get("userid_list"), asked.get("limit", 50), _place(asked.get("cursor", ""))
        if not isinstance(members, list) or not 0 < len(members) <= MOST_MEMBERS:
            return _refused(BAD)
        if not isinstance(limit, int) or not 0 < limit <= SIZE or start is None:
            return _refused(BAD)
        if not set(members) <= set(MEMBERS):
            return _refused(NO_MEMBER)
        if self.faults.takes("stuck"):
            start = 0
        found = [one for one in self.contacts.follows if one.member in members]
        shown = self.faults.spoiled([_flat(one) for one in found[start : start + limit]], ("add_way",))
        after = start + limit
        return _answer(
            external_contact_list=[_parted(one) for one in shown],
            next_cursor=_cursor(after) if after < len(found) else "",
        )

    def _tags(self, request: Request) -> Response:
        refused = self._refusal(request)
        return _refused(refused) if refused else _answer(tag_group=list(_groups()))


def _answer(**data: object) -> Response:
    return JSONResponse({"errcode": 0, "errmsg": "ok", **data})


def _refused(code: int) -> Response:
    return JSONResponse({"errcode": code, "errmsg": WORDS[code]})


def _cursor(start: int) -> str:
    return base64.urlsafe_b64encode(f"after:{start}".encode()).decode()


def _place(cursor: object) -> int | None:
    """The place that a cursor stands for; None for one that was never given."""
    if cursor == "":
        return 0
    try:
        word, _, number = base64.urlsafe_b64decode(str(cursor)).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return int(number) if word == "after" and number.isdecimal() else None


FOLLOWED = ("userid", "remark", "description", "createtime", "tag_id", "remark_corp_name", "remark_mobiles", "add_way")


def _flat(one: Follow) -> dict[str, object]:
    person = one.person
    name = person.customer.name.removesuffix("有限公司")
    return {
        "external_userid": person.code,
        "name": person.name,
        "position": person.post,
        "avatar": "",
        "corp_name": name,
        "corp_full_name": person.customer.name,
        "type": 2,
        "gender": person.gender,
        "userid": one.member,
        "remark": f"{name} {person.name}",
        "description": "",
        "createtime": int(one.since.replace(tzinfo=UTC).timestamp()),
        "tag_id": [tag_id(number) for number in one.tags],
        "remark_corp_name": person.customer.name,
        "remark_mobiles": [person.mobile],
        "add_way": one.way,
    }


def _parted(row: Mapping[str, object]) -> dict[str, object]:
    """A row as it is sent: the customer, and what the member noted."""
    return {
        "external_contact": {name: value for name, value in row.items() if name not in FOLLOWED},
        "follow_info": {name: row[name] for name in FOLLOWED},
    }


def _groups() -> Iterator[Mapping[str, object]]:
    made = int(START.replace(tzinfo=UTC).timestamp())
    number = 0
    for order, (group, names) in enumerate(TAGS.items()):
        tags: Sequence[Mapping[str, object]] = [
            {"id": tag_id(number + at), "name": name, "create_time": made, "order": at} for at, name in enumerate(names)
        ]
        number += len(names)
        yield {"group_id": f"etGroup{order}", "group_name": group, "create_time": made, "order": order, "tag": tags}


def _made(seed: int) -> ASGIApp:
    company = Company(seed)
    return Wecom(company, contacts=Contacts(company, seed)).app()


SIMULATOR = SimulatorSpec(
    "wecom",
    Label({"zh": "企业微信客户联系", "en": "WeCom customer contacts"}),
    _made,
    Label({"zh": f"corp_id: {CORP}，密钥 {SECRET}", "en": f"corp_id: {CORP}, secret {SECRET}"}),
)
