"""Notices that leave: by mail, WeCom, DingTalk and Feishu, signed, limited, at least once under one key, never doubled here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from engine.diagnostics import Message
from engine.model.twofold import MARK, twofold
from engine.runtime.identifiers import encode_id
from engine.runtime.jobs import MOST_ATTEMPTS, put_off
from engine.runtime.notifying.deliveries import DELIVERY
from engine.runtime.rows import select
from tests.conftest import KINDS
from tests.languages import in_another_language
from tests.runtime.notifying.desk import Desk, desk_of
from tests.runtime.notifying.messengers import PASSWORD

ALL = [*("approval", "mention", "reminder", "escalation", "urge", "notify"), "copy"]


@pytest.fixture(scope="module", params=KINDS)
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with desk_of(request, tmp_path_factory.mktemp("desk")) as made:
        yield made


@pytest.fixture
def desk(running: Desk) -> Desk:
    running.begin_anew()
    return running


def by(*channels: str, **more: Any) -> dict[str, Any]:
    """The form of somebody who is told of everything by these channels."""
    addresses = {
        "mail": "zhang@corp.example",
        "mail_tls": "zhang@corp.example",
        "mail_plain": "zhang@corp.example",
        "wecom": "13800138000",
        "wecom_app": "zhang.san",
        "dingtalk": "13800138000",
        "feishu": "ou_0123456789abcdef",
        "elsewhere": "zhang.san",
    }
    form: dict[str, Any] = {f"address_{one}": addresses[one] for one in channels}
    return form | {f"kinds_{one}": ALL for one in channels} | more


def outcomes(desk: Desk) -> list[object]:
    rows = desk.installation.database.read(lambda session: select(session, DELIVERY, ("outcome", "title"), {}, ("id",)))
    assert all(not title for outcome, title in rows if outcome), "what has left is kept no longer"
    return [outcome for outcome, _ in rows]


def problems(desk: Desk) -> list[tuple[str | None, bool]]:
    return [(one.problem, one.dead) for one in desk.jobs()]


def test_mail_leaves_encrypted_and_signed_in_with_a_title_and_a_link_and_no_other_value(desk: Desk) -> None:
    desk.choose("zhang", **by("mail"))
    ticket = desk.ticket("漏水 <b>& Bcc: x@y.example")
    desk.work()
    assert len(desk.mail.letters) == 1
    letter = desk.mail.letters[0]
    assert (letter.sender, letter.recipient) == ("noreply@corp.example", "zhang@corp.example")
    assert (letter.user, letter.encrypted) == ("noreply@corp.example", True)
    message: Any = letter.message
    assert message["subject"] == "【通知】漏水 <b>& Bcc: x@y.example"
    assert message["bcc"] is None
    text, html = (message.get_body((kind,)).get_content() for kind in ("plain", "html"))
    assert f"https://crm.corp.example/r/ticket/{ticket}" in text
    assert "&lt;b&gt;&amp;" in html
    assert outcomes(desk) == ["sent"]
    assert desk.jobs() == []


@pytest.mark.parametrize(("channel", "encrypted"), [("mail_tls", True), ("mail_plain", False)])
def test_mail_by_tls_from_the_first_byte_and_within_the_house_by_none(
    desk: Desk, channel: str, encrypted: bool
) -> None:
    """`smtps` signs in; `encryption: none` never does, so that no password is read on the way."""
    desk.choose("zhang", **by(channel))
    desk.ticket()
    desk.work()
    server = desk.relays[channel]
    (letter,) = server.letters
    assert (letter.encrypted, letter.user) == (encrypted, "noreply@corp.example" if encrypted else "")
    assert str(letter.message["subject"]) == "【通知】漏水"
    assert [one for one in server.said if one.startswith(("STARTTLS", "AUTH"))] == (["AUTH"] if encrypted else [])
    assert outcomes(desk) == ["sent"]


def test_each_messenger_takes_its_own_signature_and_mentions(desk: Desk) -> None:
    desk.choose("zhang", **by("wecom", "wecom_app", "dingtalk", "feishu"))
    desk.ticket('漏水 <at user_id="all"></at>')
    desk.work()
    taken: dict[str, Any] = dict(desk.messengers.taken)
    assert set(taken) == {"wecom", "wecom_app", "dingtalk", "feishu"}, problems(desk)
    assert taken["wecom"]["text"]["mentioned_mobile_list"] == ["13800138000"]
    assert "漏水" not in taken["wecom"]["text"]["content"], "a whole group reads it"
    assert "漏水" in taken["wecom_app"]["text"]["content"]
    assert taken["wecom_app"]["enable_duplicate_check"] == 1
    assert taken["dingtalk"]["at"] == {"atMobiles": ["13800138000"], "isAtAll": False}
    said = taken["feishu"]["content"]["text"]
    assert "漏水" in said, "its definition says titles: true"
    assert said.count("<at ") == 1
    assert said.endswith('<at user_id="ou_0123456789abcdef"></at>')


def test_a_robot_posts_once_and_mentions_all_who_are_meant(desk: Desk) -> None:
    desk.choose("zhang", **by("wecom"))
    desk.choose("li", address_wecom="li.si", kinds_wecom=ALL)
    desk.ticket()
    desk.work()
    (sent,) = desk.messengers.texts("wecom")
    text: Any = sent["text"]
    assert (text["mentioned_mobile_list"], text["mentioned_list"]) == (["13800138000"], ["li.si"])


def test_a_full_minute_is_waited_for_and_nothing_is_lost_or_doubled(desk: Desk) -> None:
    desk.choose("zhang", **by("dingtalk"))
    for at in range(23):
        desk.ticket(f"{at}")
    desk.work()
    assert len(desk.messengers.texts("dingtalk")) == 20, "we keep the limit ourselves"
    assert {problem for problem, _ in problems(desk)} == {"paced"}
    desk.later(seconds=61)
    desk.work()
    assert len(desk.messengers.texts("dingtalk")) == 23
    assert outcomes(desk) == ["sent"] * 23


@pytest.mark.parametrize(
    ("channel", "fault", "after"),
    [
        ("wecom", (200, {"errcode": 45009, "errmsg": "api freq out of limit"}), 61),
        ("feishu", (200, {"code": 9499, "msg": "too many request"}), 61),
        ("dingtalk", (429, b""), 61),
        ("wecom", (500, b"down"), 3),
        ("wecom", (0, b""), 3),
        ("feishu", (200, b"<html>"), 3),
    ],
)
def test_what_may_pass_is_tried_again_later(desk: Desk, channel: str, fault: tuple[int, Any], after: int) -> None:
    desk.choose("zhang", **by(channel))
    desk.messengers.faults = [fault]
    desk.ticket()
    desk.work()
    assert desk.messengers.taken == []
    ((problem, dead),) = problems(desk)
    assert (problem is not None, dead) == (True, False)
    desk.work()
    assert desk.messengers.taken == [], "not before its time"
    desk.later(seconds=after)
    desk.work()
    assert len(desk.messengers.taken) == 1
    assert outcomes(desk) == ["sent"]


@pytest.mark.parametrize(
    ("channel", "fault", "problem"),
    [
        ("wecom", {"errcode": 93000, "errmsg": "invalid webhook url"}, "bad_key:93000"),
        ("dingtalk", {"errcode": 310000, "errmsg": "sign not match"}, "bad_signature:310000"),
        ("feishu", {"code": 19024, "msg": "Key Words Not Found"}, "bad_signature:19024"),
        ("feishu", {"code": 9499, "msg": "Bad Request"}, "rejected:9499"),
    ],
)
def test_what_cannot_pass_is_a_dead_letter_at_once_and_goes_out_by_a_click(
    desk: Desk, channel: str, fault: dict[str, object], problem: str
) -> None:
    desk.choose("zhang", **by(channel))
    desk.messengers.faults = [(200, fault)]
    desk.ticket()
    desk.work()
    assert problems(desk) == [(problem, True)]
    dead = desk.jobs()[0]
    page = desk.client("admin").get("/admin/dead-letters").text
    assert problem.partition(":")[2] in page
    form = {"job": encode_id(dead.id), "act": "retry"}
    assert desk.client("admin").post("/admin/dead-letters", data=form).status_code == 303
    desk.work()
    assert len(desk.messengers.taken) == 1
    desk.messengers.faults = [(200, fault)]
    desk.ticket()
    desk.work()
    form = {"job": encode_id(desk.jobs()[0].id), "act": "discard"}
    assert desk.client("admin").post("/admin/dead-letters", data=form).status_code == 303
    assert (desk.jobs(), outcomes(desk)) == ([], ["sent", "dropped"])


def test_a_destination_that_the_gate_refuses_is_a_dead_letter_that_says_so(desk: Desk) -> None:
    desk.choose("zhang", **by("elsewhere"))
    desk.ticket()
    desk.work()
    assert (problems(desk), desk.messengers.taken) == ([("egress:purpose", True)], [])
    page = desk.client("admin").get("/admin/dead-letters", headers={"accept-language": "zh-CN"}).text
    assert "出口闸：该去向不服务于此用途" in page


def test_a_stale_token_of_an_app_is_fetched_anew_once(desk: Desk) -> None:
    desk.choose("zhang", **by("wecom_app"))
    desk.ticket("one")
    desk.work()
    desk.messengers.tokens.clear()
    desk.ticket("two")
    desk.work()
    assert len(desk.messengers.texts("wecom_app")) == 2
    desk.choose("zhang", address_wecom_app="nobody", kinds_wecom_app=ALL)
    desk.ticket("three")
    desk.work()
    assert problems(desk) == [("no_person", True)]


@pytest.mark.parametrize(
    ("fault", "problem", "dead"),
    [
        (("MAIL", "451 try again"), "mail_refused:451", False),
        (("RCPT", "550 no such user"), "mail_refused:550", True),
        (("AUTH", "535 bad credentials"), "mail_sign_in:535", True),
        (("drop", "now"), "egress:broken", False),
        (("END", "452 full"), "mail_refused:452", False),
    ],
)
def test_a_mail_server_that_says_no_or_breaks_off(desk: Desk, fault: tuple[str, str], problem: str, dead: bool) -> None:
    desk.choose("zhang", **by("mail"))
    desk.mail.faults = [fault]
    desk.ticket()
    desk.work()
    assert problems(desk) == [(problem, dead)]
    assert desk.mail.letters == []
    if not dead:
        desk.later(seconds=10)
        desk.work()
        assert len(desk.mail.letters) == 1


def test_without_starttls_neither_letter_nor_password_leaves(desk: Desk) -> None:
    desk.choose("zhang", **by("mail"))
    desk.mail.starttls = False
    desk.ticket()
    desk.work()
    assert problems(desk) == [("mail_no_encryption:523", True)]
    assert set(desk.mail.said) == {"EHLO"}


def test_what_was_taken_and_not_answered_goes_again_under_the_same_key(desk: Desk) -> None:
    desk.choose("zhang", **by("mail"))
    desk.mail.faults = [("END", "taken")]
    desk.ticket()
    desk.work()
    desk.later(seconds=10)
    desk.work()
    keys = [letter.message["message-id"] for letter in desk.mail.letters]
    assert len(keys) == 2
    assert keys[0] == keys[1]
    assert desk.mail.letters[0].message.as_bytes().split(b"\n\n", 1)[1][:40] != b""
    assert outcomes(desk) == ["sent"], "it is counted once"


def test_tries_end_and_the_letter_waits_for_a_person(desk: Desk) -> None:
    desk.choose("zhang", **by("mail"))
    desk.mail.faults = [("MAIL", "451 try again")] * MOST_ATTEMPTS
    desk.ticket()
    for _ in range(MOST_ATTEMPTS):
        desk.work()
        desk.later(minutes=10)
    assert problems(desk) == [("mail_refused:451", True)]


def test_nobody_is_told_who_gave_no_address_or_does_not_want_it(desk: Desk) -> None:
    desk.ticket()
    desk.choose("zhang", address_mail="zhang@corp.example", kinds_mail=["mention"])
    desk.ticket()
    assert (desk.jobs(), outcomes(desk)) == ([], [])


def test_each_is_told_in_ones_own_language(desk: Desk) -> None:
    desk.speak("zhang", "en")
    desk.choose("zhang", **by("mail"))
    desk.ticket("leak")
    desk.choose("zhang", **by("mail"), quiet_from="08:00", quiet_until="10:00")
    desk.ticket(twofold(Message("查一下水泵", "check the pump")))
    desk.later(hours=2)
    desk.work(6)
    desk.speak("zhang", "zh-CN")
    said = [f"<p>{one.message['subject']}</p><pre>{one.text}</pre>" for one in desk.mail.letters]
    assert len(said) >= 2
    assert "check the pump" in said[-1] and MARK not in said[-1]
    assert [one for text in said for one in in_another_language(text, "en", re.compile("漏水"))] == []


def test_a_title_leaves_as_far_as_its_reader_and_its_destination_may_know_it(desk: Desk) -> None:
    desk.choose("zhang", **by("mail", "wecom_app"))
    desk.choose("guest", address_mail="guest@corp.example", kinds_mail=ALL)
    ticket = desk.ticket()
    desk.work()
    desk.mail.letters.clear()
    desk.messengers.taken.clear()
    answer = desk.client("li").patch(f"/api/records/ticket/{ticket}", json={"private": "机密一"})
    assert answer.status_code == 200, answer.text
    desk.work()
    said = {letter.recipient: str(letter.message["subject"]) for letter in desk.mail.letters}
    assert said["zhang@corp.example"].endswith("机密一")
    assert "机密" not in said["guest@corp.example"], "a guest may not read the field"
    assert desk.messengers.taken == [], "the step says: by mail at most, or in the app alone"
    desk.mail.letters.clear()
    assert desk.client("li").patch(f"/api/records/ticket/{ticket}", json={"budget": "三百万"}).status_code == 200
    desk.work()
    letters = [str(letter.message) + letter.text for letter in desk.mail.letters]
    assert len(letters) == 1
    assert "三百万" not in letters[0], "its level is above that of the destination"


def test_a_group_is_told_a_title_when_all_who_are_meant_may_read_it(desk: Desk) -> None:
    """`private` is not a guest's to read; nor is it where a guest is meant beside others."""
    desk.choose("zhang", **by("feishu"))
    ticket = desk.ticket()
    desk.work()
    for at, meant in enumerate(("zhang", "guest")):
        desk.choose(meant, address_feishu=f"ou_{at:016}", kinds_feishu=ALL)
        desk.messengers.taken.clear()
        said = {"private": f"机密{at}"}
        assert desk.client("li").patch(f"/api/records/ticket/{ticket}", json=said).status_code == 200
        desk.work()
        (body,) = desk.messengers.texts("feishu")
        text: Any = body["content"]
        assert ("机密" in text["text"]) is (meant == "zhang"), text
        assert text["text"].count("<at ") == at + 1


def test_what_was_answered_meanwhile_is_not_told(desk: Desk) -> None:
    desk.choose("zhang", digest="hourly", digest_at="09:00", **by("mail"))
    desk.ticket("check 1")
    assert [one.due_at.minute for one in desk.jobs() if one.due_at] == [0]
    inbox = desk.client("zhang").get("/api/inbox").json()["data"]
    assert desk.client("zhang").post(f"/api/tasks/{inbox[0]['id']}/approve", json={}).status_code == 200
    assert desk.client("zhang").post("/inbox", data={"act": "read"}).status_code == 303
    desk.later(hours=1)
    desk.work()
    assert (desk.mail.letters, set(outcomes(desk)), desk.jobs()) == ([], {"dropped"}, [])


def test_an_administrator_tries_a_channel_out_and_is_told_what_is_wrong(desk: Desk) -> None:
    page = desk.client("admin").get("/admin/channels", headers={"accept-language": "zh-CN"})
    assert page.status_code == 200
    assert "DOUGONG_SECRET_MAIL" in page.text, "the environment of the test lacks it"
    assert PASSWORD not in page.text
    answer = desk.client("admin").post("/admin/channels", data={"channel": "mail", "recipient": "no address"})
    assert answer.status_code == 400
    asked = {"channel": "elsewhere", "recipient": ""}
    refused = desk.client("admin").post("/admin/channels", data=asked, headers={"accept-language": "zh-CN"})
    assert refused.status_code == 200
    assert "没有设置" in refused.text
    assert desk.client("li").post("/admin/channels", data=asked).status_code == 403
    channel = desk.installation.models.current().channels["mail"]
    assert desk.deliverer.try_out(desk.clock.now(), channel, "zhang@corp.example", "zh") is None
    assert desk.mail.letters[-1].message["subject"] == "斗拱测试消息：渠道已连通"


def test_a_rehearsed_import_starts_no_flow_and_tells_nobody(desk: Desk) -> None:
    desk.choose("zhang", **by("mail"))
    sheet = {"rows": "name\ncheck 1\n", "map.0": "name"}
    for act, told in (("rehearse", 0), ("write", 1)):
        assert desk.client("li").post("/import/ticket", data={**sheet, "act": act}).status_code in {200, 303}
        desk.work()
        assert len(desk.client("zhang").get("/api/inbox").json()["data"]) == told, act
        assert [one.message["subject"] for one in desk.mail.letters if "check 1" in str(one.message["subject"])] == [
            "【通知】check 1",
            "【待办】check 1",
        ][: 2 * told]


def test_the_queue_keeps_what_a_plain_failure_says(desk: Desk) -> None:
    """The control of the dead letters: a failure without a say of its own is tried again."""
    desk.choose("zhang", **by("mail"))
    desk.ticket()
    job = desk.jobs()[0]
    assert not desk.installation.database.write(lambda session: put_off(session, job, "some_problem", desk.clock.now()))


def test_quiet_hours_hold_what_is_not_urgent_and_bring_it_as_one_message(desk: Desk) -> None:
    desk.choose("zhang", quiet_from="08:30", quiet_until="10:00", urgent_through="1", **by("mail"))
    desk.ticket("check 一")
    desk.ticket("二")
    desk.work()
    assert desk.mail.letters == []
    flow = desk.client("zhang").get("/api/inbox").json()["data"][0]["flow"]
    assert desk.client("li").post(f"/api/flows/{flow}/urge", json={}).status_code == 200
    desk.work()
    assert [str(one.message["subject"]) for one in desk.mail.letters] == ["【催办】check 一"]
    desk.later(hours=1)
    desk.work()
    assert len(desk.mail.letters) == 2
    assert str(desk.mail.letters[-1].message["subject"]) == "你有 3 条通知"
    text = desk.mail.letters[-1].text
    assert [line for line in text.splitlines() if line.startswith("·")] == [
        "· 【通知】check 一",
        "· 【待办】check 一",
        "· 【通知】二",
    ]


def test_a_digest_by_the_working_calendar_waits_for_the_next_working_day(desk: Desk) -> None:
    desk.clock.advance(timedelta(days=4, hours=2))  # Friday, eleven o'clock
    desk.choose("zhang", digest="workdays", digest_at="09:30", **by("wecom_app"))
    for name in ("一", "二"):
        desk.ticket(name)
    assert len(desk.jobs()) == 1, "one message"
    desk.later(days=2)
    desk.work()
    assert desk.messengers.taken == []
    desk.later(days=1)
    desk.work()
    (sent,) = desk.messengers.texts("wecom_app")
    text: Any = sent["text"]
    assert text["content"].splitlines()[0] == "你有 2 条通知"


def test_what_one_writes_about_notices_is_checked_with_every_problem_at_once(desk: Desk) -> None:
    form = {
        "address_mail": "zhang@elsewhere.example",
        "address_dingtalk": "12",
        "quiet_from": "22:00",
        "digest_at": "soon",
    }
    answer = desk.client("zhang").post("/account/notices", data=form, headers={"accept-language": "zh-CN"})
    assert answer.status_code == 422
    for words in (
        "只能用这些域名的邮箱：corp.example",
        "这不像钉钉手机号",
        "起止两个时间",
        "22:00",
        "zhang@elsewhere.example",
    ):
        assert words in answer.text, words
    assert desk.client("zhang").get("/account/notices").text.count("zhang@") == 0
