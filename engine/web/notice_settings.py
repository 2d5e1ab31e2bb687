"""One's own notices: on which channel one is told of what, where one is reached, when one is left alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time

from starlette.responses import Response

from engine.diagnostics import DougongError, Message
from engine.model.channels import Channel
from engine.model.errors import FieldProblem, ValidationFailed
from engine.runtime.identity.users import User
from engine.runtime.notifying.kinds import ABOUT, URGENT, WORDS, NoticeKind
from engine.runtime.notifying.notifiers.installed import installed_notifiers
from engine.runtime.notifying.preferences import Digest, Preferences, preferences_of, save_preferences
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.responses import see_other
from engine.web.security_page import own_user, problems_of
from engine.web.shell import page_response
from engine.web.site import Site

PATH = "/account/notices"
SAVED = Message("通知设置已保存", "Your notices are set")
DIGESTS = {
    Digest.AT_ONCE: Message("立即", "At once"),
    Digest.HOURLY: Message("每小时汇总", "Together, every hour"),
    Digest.DAILY: Message("每天汇总", "Together, once a day"),
    Digest.WORKDAYS: Message("工作日汇总", "Together, on working days"),
}
PLACES = {
    "email": (Message("邮箱", "Mail address"), "name@corp.example"),
    "wecom_robot": (
        Message("企业微信账号或手机号，用于群里 @ 你", "WeCom id or mobile number, to mention you"),
        "zhang.san",
    ),
    "wecom_app": (Message("企业微信账号", "WeCom id"), "zhang.san"),
    "dingtalk_robot": (
        Message("钉钉手机号，用于群里 @ 你", "Mobile number in DingTalk, to mention you"),
        "13800138000",
    ),
    "feishu_robot": (
        Message("飞书 open_id 或 user_id，用于群里 @ 你", "Feishu open_id or user_id, to mention you"),
        "ou_…",
    ),
}
OTHER = (Message("地址", "Address"), "")
_CLOCK = Message("时间写成 22:00", "A time is written 22:00")


@dataclass(frozen=True, slots=True)
class ChannelChoice:
    """A channel as one chooses on it; `given` is where one is reached without saying so."""

    name: str
    label: str
    place: str
    example: str
    address: str
    given: str
    kinds: tuple[tuple[str, str, str, bool], ...]
    group: bool


def show(work: Work, call: Call, site: Site) -> Response:
    """GET /account/notices"""
    return _page(work, call, site, preferences_of(work.session, work.context.principal.user_id), {}, 200)


def save(work: Work, call: Call, site: Site) -> Response:
    """POST /account/notices. Raises ValidationFailed with every problem."""
    save_preferences(work, work.context.principal.user_id, _chosen(work, call, strict=True))
    return see_other(f"{PATH}?done=saved")


def again(work: Work, call: Call, site: Site, error: DougongError) -> Response:
    problems = problems_of(error, work.context.language)
    return _page(work, call, site, _chosen(work, call, strict=False), problems, error.status)


def _chosen(work: Work, call: Call, strict: bool) -> Preferences:
    """What the form says; without `strict` what cannot be is shown again instead of refused."""
    form, problems = call.form_first(), list[FieldProblem]()
    ticked = {(name, value) for name, value in call.form}
    addresses, choices = dict[str, str](), dict[str, frozenset[NoticeKind]]()
    for channel in work.model.channels.values():
        text = form.get(f"address_{channel.name}", "").strip()
        if text:
            found, problem = _address(channel, text)
            addresses[channel.name] = found or text
            problems += [FieldProblem(f"address_{channel.name}", "bad_address", problem)] if problem else []
        choices[channel.name] = frozenset(one for one in NoticeKind if (f"kinds_{channel.name}", one.value) in ticked)
    begins, ends = (_clock(form, name, problems) for name in ("quiet_from", "quiet_until"))
    if (begins is None) != (ends is None):
        words = Message("免打扰要写起止两个时间，或都不写", "Quiet hours need both times, or none")
        problems.append(FieldProblem("quiet_from", "half", words))
    at = _clock(form, "digest_at", problems) or time(9)
    digest = form.get("digest", "")
    if strict and problems:
        raise ValidationFailed(tuple(problems))
    return Preferences(
        addresses=addresses,
        choices=choices,
        quiet=(begins, ends) if begins is not None and ends is not None and begins != ends else None,
        urgent_through="urgent_through" in form,
        digest=Digest(digest) if digest in set(Digest) else Digest.AT_ONCE,
        digest_at=at,
        zone=work.context.zone,
    )


def _address(channel: Channel, text: str) -> tuple[str | None, Message | None]:
    """The address as it is kept, or why it cannot be one."""
    notifier = installed_notifiers().get(channel.notifier)
    found = notifier.address(text) if notifier is not None else None
    if found is None:
        zh, en = PLACES.get(channel.type, OTHER)[0].zh, PLACES.get(channel.type, OTHER)[0].en
        return None, Message(f"这不像{zh.partition('，')[0]}", f"This does not look like: {en.partition(',')[0]}")
    domain = found.rpartition("@")[2].lower()
    if channel.type == "email" and channel.domains and domain not in channel.domains:
        listed = "、".join(channel.domains)
        return None, Message(f"只能用这些域名的邮箱：{listed}", f"Only addresses of these domains: {listed}")
    return found, None


def _clock(form: Mapping[str, str], name: str, problems: list[FieldProblem]) -> time | None:
    text = form.get(name, "").strip()
    if not text:
        return None
    try:
        return time.fromisoformat(text).replace(second=0, microsecond=0, tzinfo=None)
    except ValueError:
        problems.append(FieldProblem(name, "bad_time", _CLOCK))
        return None


def _page(
    work: Work, call: Call, site: Site, chosen: Preferences, problems: Mapping[str, str], status: int
) -> Response:
    language, user = work.context.language, own_user(work)
    clock = "%H:%M"
    values = {
        "title": Message("我的账号", "My account").text(language),
        "tab": "notices",
        "problems": problems,
        "done": SAVED.text(language) if call.method == "GET" and call.first.get("done") else "",
        "channels": [_choice(one, chosen, user, language) for one in work.model.channels.values()],
        "quiet_from": chosen.quiet[0].strftime(clock) if chosen.quiet else "",
        "quiet_until": chosen.quiet[1].strftime(clock) if chosen.quiet else "",
        "urgent_through": chosen.urgent_through,
        "urgent": "、".join(WORDS[one].text(language) for one in NoticeKind if one in URGENT),
        "digests": [(one.value, words.text(language), one is chosen.digest) for one, words in DIGESTS.items()],
        "digest_at": chosen.digest_at.strftime(clock),
        "zone": user.zone or work.context.zone,
    }
    return page_response(work, call, site, "notice_settings.html", values, status=status)


def _choice(channel: Channel, chosen: Preferences, user: User, language: str) -> ChannelChoice:
    place, example = PLACES.get(channel.type, OTHER)
    notifier = installed_notifiers().get(channel.notifier)
    return ChannelChoice(
        name=channel.name,
        label=channel.label.text(language),
        place=place.text(language),
        example=example,
        address=chosen.addresses.get(channel.name, ""),
        given=channel.address.replace("{account}", user.account),
        kinds=tuple(
            (one.value, WORDS[one].text(language), ABOUT[one].text(language), chosen.wants(channel.name, one))
            for one in NoticeKind
        ),
        group=notifier is not None and notifier.group,
    )
