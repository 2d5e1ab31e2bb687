"""Comments on records: read with the record, written where its page has them, naming people who may read it and nobody else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from engine.model.context import Context, Principal
from engine.runtime.comments.reading import comments_of
from engine.runtime.comments.tables import COMMENT, TRACE
from engine.runtime.events import EVENT
from engine.runtime.identifiers import decode_id
from engine.runtime.identity.users import user_by_account
from engine.runtime.notices import readable_notices
from engine.runtime.notifying.readers import context_of_reader
from engine.runtime.rows import select
from engine.runtime.work import Work
from tests.conftest import KINDS
from tests.runtime.notifying.desk import Desk, desk_of
from tests.web.counted import Count, CountedDatabase

EN = {"accept-language": "en"}


@pytest.fixture(scope="module", params=KINDS)
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with desk_of(request, tmp_path_factory.mktemp("talk")) as made:
        yield made


@pytest.fixture
def desk(running: Desk) -> Desk:
    running.begin_anew()
    return running


class Talk:
    """A ticket of li's, and what people say about it over the interface."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.ticket = desk, desk.ticket()
        self.path = f"/api/records/ticket/{self.ticket}/comments"

    def say(self, person: str, body: str, **headers: str) -> Any:
        return self.desk.client(person).post(self.path, json={"body": body}, headers=headers)

    def said(self, person: str, **query: object) -> Any:
        return self.desk.client(person).get(self.path, params=query).json()

    def notices(self, person: str) -> str:
        return self.desk.client(person).get("/inbox?tab=notices", headers={"accept-language": "zh-CN"}).text


def test_who_may_read_the_record_reads_and_who_has_the_widget_writes(desk: Desk) -> None:
    talk = Talk(desk)
    made = talk.say("li", "先看一下 <b>现场</b>\n再报价")
    assert made.status_code == 201, made.text
    assert [one["body"] for one in talk.said("guest")["data"]] == ["先看一下 <b>现场</b>\n再报价"]
    assert (talk.said("guest")["writable"], talk.said("li")["writable"]) == (False, True)
    assert talk.say("guest", "me too").status_code == 403
    assert talk.say("stranger", "me too").status_code == 404
    assert desk.client("stranger").get(talk.path).status_code == 404
    page = desk.client("zhang").get(f"/r/ticket/{talk.ticket}").text
    assert "先看一下 &lt;b&gt;现场" in page
    assert talk.say("li", "  ").status_code == 422
    assert talk.say("li", "x" * 4001).status_code == 422
    assert talk.say("li", "\x00").status_code == 422
    assert desk.client("li").post(talk.path, json={"text": "x"}).status_code == 400


def test_a_page_sends_a_comment_once_and_keeps_what_was_refused(desk: Desk) -> None:
    talk = Talk(desk)
    li, page = desk.client("li"), f"/r/ticket/{talk.ticket}"
    key = re.search(r'name="@key" value="([^"]+)"', li.get(page).text)
    assert key is not None
    form = {"body": "已联系客户", "@key": key.group(1)}
    assert li.post(f"{page}/comments", data=form).headers["location"].startswith(f"{page}#comment-")
    assert li.post(f"{page}/comments", data=form).status_code == 303
    assert len(talk.said("li")["data"]) == 1
    refused = li.post(f"{page}/comments", data={"body": "@Stranger 请看"}, headers={"accept-language": "zh-CN"})
    assert refused.status_code == 422
    assert "看不到这条记录" in refused.text
    assert "@Stranger 请看</textarea>" in refused.text
    keyed = [talk.say("li", "一次", **{"idempotency-key": "k1"}).json()["data"]["id"] for _ in range(2)]
    assert keyed[0] == keyed[1]


def test_who_is_named_is_told_with_a_link_and_nobody_else(desk: Desk) -> None:
    talk = Talk(desk)
    desk.client("zhang").post("/inbox", data={"act": "read"})
    desk.choose("zhang", address_mail="zhang@corp.example", kinds_mail=["mention"])
    body = "@Zhang 请看，mail@guest.example 不算，@nobody 也不算，@li 是我自己"
    made = talk.say("li", body).json()["data"]
    named = [body[one["start"] : one["end"]] for one in made["mentions"]]
    assert named == ["@Zhang", "@li"]
    page = talk.notices("zhang")
    assert f"/r/ticket/{talk.ticket}#comment-{made['id']}" in page
    assert "提到你" in page
    assert desk.client("zhang").get("/api/inbox/count").json()["notices"] == 1
    assert "#comment-" not in talk.notices("li")
    assert "#comment-" not in talk.notices("guest")
    desk.work()
    assert [str(one.message["subject"]) for one in desk.mail.letters] == ["【提到你】Li · 漏水"]
    assert "请看" not in desk.mail.letters[0].text
    assert desk.client("zhang").post("/inbox", data={"act": "read"}).status_code == 303
    assert desk.client("zhang").get("/api/inbox/count").json()["notices"] == 0


def test_only_who_may_read_the_record_is_offered_and_can_be_named(desk: Desk) -> None:
    talk = Talk(desk)
    path = f"/api/records/ticket/{talk.ticket}/people"
    offered = desk.client("li").get(path, params={"q": ""}).json()["data"]
    assert [one["label"] for one in offered] == ["Guest", "Zhang"], "others, and not oneself"
    assert [one["written"] for one in desk.client("li").get(path, params={"q": "zH"}).json()["data"]] == ["Zhang"]
    assert desk.client("li").get(path, params={"q": "stranger"}).json()["data"] == []
    assert desk.client("guest").get(path).json()["data"] == [], "who cannot write has nobody to name"
    assert desk.client("stranger").get(path).status_code == 404
    refused = talk.say("li", "@stranger 看看")
    assert refused.status_code == 422
    assert refused.json()["error"]["problems"][0]["code"] == "mention_unreadable"


def test_ones_own_comment_is_changed_for_a_while_and_what_it_said_stays(desk: Desk) -> None:
    talk = Talk(desk)
    comment = talk.say("li", "第一版").json()["data"]["id"]
    path = f"/api/comments/{comment}"
    assert desk.client("zhang").patch(path, json={"body": "mine now"}).status_code == 403
    assert desk.client("stranger").patch(path, json={"body": "mine now"}).status_code == 404
    desk.later(minutes=14)
    assert desk.client("li").patch(path, json={"body": "第二版 @zhang"}).status_code == 200
    assert "#comment-" in talk.notices("zhang"), "who is named only now is told now"
    page = desk.client("zhang").get(f"/r/ticket/{talk.ticket}").text
    assert "第二版" in page
    assert "第一版" in page
    form = {"act": "edit", "body": "第三版"}
    assert desk.client("li").post(f"/comments/{comment}", data=form).status_code == 303
    desk.later(minutes=2)
    late = desk.client("li").patch(path, json={"body": "第四版"})
    assert (late.status_code, late.json()["error"]["code"]) == (409, "comment_too_late")
    assert desk.client("li").delete(path).status_code == 409
    assert [one["body"] for one in talk.said("li")["data"]] == ["第三版"]


def test_a_token_to_read_neither_writes_nor_changes_a_comment(desk: Desk) -> None:
    talk = Talk(desk)
    comment = talk.say("li", "原话").json()["data"]["id"]
    for scope, done in (("read", False), ("all", True)):
        made = desk.client("li").post("/account/tokens", data={"name": "script", "days": "30", "scope": scope})
        token = re.search(r"dg_[\w-]+", made.text)
        assert token is not None
        program = desk.program(token[0])
        assert program.get(talk.path).status_code == 200
        statuses = (
            program.post(talk.path, json={"body": "新话"}).status_code,
            program.patch(f"/api/comments/{comment}", json={"body": "改过"}).status_code,
            program.delete(f"/api/comments/{comment}").status_code,
        )
        assert statuses == ((201, 200, 204) if done else (403, 403, 403)), scope
        assert ("原话" in [one["body"] for one in talk.said("li")["data"]]) is not done


def test_a_comment_taken_away_leaves_its_place_and_no_word(desk: Desk) -> None:
    talk = Talk(desk)
    comment = talk.say("li", "不该说的 @zhang").json()["data"]["id"]
    assert desk.client("li").patch(f"/api/comments/{comment}", json={"body": "不该说的话 @zhang"}).status_code == 200
    assert "不该说的" in talk.notices("zhang")
    assert desk.client("li").delete(f"/api/comments/{comment}").status_code == 204
    assert [(one["body"], one["deleted"]) for one in talk.said("zhang")["data"]] == [("", True)]
    assert "不该说的" not in talk.notices("zhang")
    assert (
        "这条评论已删除" in desk.client("zhang").get(f"/r/ticket/{talk.ticket}", headers={"accept-language": "zh"}).text
    )

    def kept(session: Any) -> list[str]:
        return [str(row[0]) for table in (COMMENT, TRACE) for row in select(session, table, ("body",))]

    assert [text for text in desk.installation.database.read(kept) if "不该" in text] == []
    assert desk.client("li").delete(f"/api/comments/{comment}").status_code == 403


def test_a_long_talk_comes_page_by_page(desk: Desk) -> None:
    talk = Talk(desk)
    for at in range(7):
        talk.say("li", f"第{at}句")
    page = desk.client("li").get(f"/r/ticket/{talk.ticket}").text
    assert [f"第{at}句" in page for at in range(7)] == [False] * 4 + [True] * 3
    older = re.search(r'href="(\?comments_before=\w+)', page)
    assert older is not None
    page = desk.client("li").get(f"/r/ticket/{talk.ticket}{older.group(1)}").text
    assert [f"第{at}句" in page for at in range(7)] == [False, True, True, True, False, False, False]
    first = talk.said("li", limit=4)
    rest = talk.said("li", limit=4, before=first["next"])
    assert [one["body"] for one in (*first["data"], *rest["data"])] == [f"第{at}句" for at in reversed(range(7))]
    assert rest["next"] is None


def test_comments_and_notices_cost_as_many_statements_whatever_their_number(desk: Desk) -> None:
    talk, costs = Talk(desk), []
    zhang = desk.installation.database.read(lambda session: user_by_account(session, "zhang"))
    assert zhang is not None

    def read(work: Work) -> tuple[int, int]:
        mine = work.under(context_of_reader(work, zhang))
        found = comments_of(mine, "ticket", decode_id(talk.ticket))
        return len([one for one in found.comments if one.earlier]), len(readable_notices(mine, zhang.id))

    for _ in range(2):
        for at in range(3):
            comment = talk.say("li", f"{at} @zhang").json()["data"]["id"]
            assert desk.client("li").patch(f"/api/comments/{comment}", json={"body": "改 @zhang"}).status_code == 200
        count, inside = Count(), desk.installation.workplace
        counted = replace(inside, database=CountedDatabase(inside.database, count))
        told = counted.read(Context(Principal(0, "test", frozenset(), service="test"), desk.clock.now()), read)
        costs.append((told[0], told[1] >= told[0], len(count.statements)))
    (few, _, cost), (many, _, again) = costs
    assert (few, many) == (3, 6)
    assert all(one[1] for one in costs)
    assert cost == again


def test_comments_go_and_come_back_with_their_record_and_are_told_in_the_event_log(desk: Desk) -> None:
    talk = Talk(desk)
    comment = talk.say("li", "在吗").json()["data"]["id"]
    rows = desk.installation.database.read(lambda session: select(session, EVENT, ("action",), {}, ("-id",), 1))
    assert rows == [("comment",)]
    li = desk.client("li")
    assert li.delete(f"/api/records/ticket/{talk.ticket}").status_code == 204
    assert li.get(talk.path).status_code == 404
    assert li.patch(f"/api/comments/{comment}", json={"body": "?"}).status_code == 404
    assert talk.say("li", "还在吗").status_code == 404
    assert li.post(f"/api/records/ticket/{talk.ticket}/restore").status_code == 200
    assert [one["body"] for one in talk.said("li")["data"]] == ["在吗"]
