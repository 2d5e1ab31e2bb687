"""Channels: what is declared, whether it has what it needs, what it brought last, and a test message with a clear answer."""

from __future__ import annotations

import os
from dataclasses import dataclass

from starlette.responses import Response

from engine.diagnostics import DougongError, Message
from engine.extensions import EgressFailed, EgressRefused, NotDelivered
from engine.model.channels import Channel
from engine.model.errors import BadRequest, NotFound
from engine.runtime.instants import from_micros
from engine.runtime.jobs import count_about
from engine.runtime.notifying.deliveries import DELIVER, delivered_last
from engine.runtime.notifying.delivering import Deliverer, missing_secrets
from engine.runtime.notifying.notifiers.asking import PURPOSE
from engine.runtime.notifying.notifiers.installed import installed_notifiers
from engine.runtime.sovereignty.egress import gate_of
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.dispatch import Afterwards
from engine.web.notice_settings import OTHER, PLACES
from engine.web.shell import page_response
from engine.web.site import Site
from engine.widgets.formats import format_instant

TYPES = {
    "email": Message("邮件", "Mail"),
    "wecom_robot": Message("企业微信群机器人", "WeCom group robot"),
    "wecom_app": Message("企业微信应用消息", "WeCom app"),
    "dingtalk_robot": Message("钉钉群机器人", "DingTalk group robot"),
    "feishu_robot": Message("飞书群机器人", "Feishu group robot"),
    "other": Message("其他", "Other"),
}


@dataclass(frozen=True, slots=True)
class ChannelLine:
    """A channel as it is read; `problems` keep it from working."""

    name: str
    label: str
    type: str
    destination: str
    file: str
    titles: bool
    last: str
    waiting: int
    dead: int
    problems: tuple[str, ...]
    place: str
    example: str
    group: bool


def show(work: Work, call: Call, site: Site) -> Response:
    """GET /admin/channels"""
    return _page(work, call, site)


def test(work: Work, call: Call, site: Site) -> Afterwards:
    """POST /admin/channels: a test message, sent after this unit of work. Raises NotFound, BadRequest."""
    form = call.form_first()
    channel = work.model.channels.get(form.get("channel", ""))
    if channel is None:
        raise NotFound
    notifier = installed_notifiers().get(channel.notifier)
    text = form.get("recipient", "").strip()
    recipient = notifier.address(text) if notifier is not None and text else ""
    if recipient is None or (not recipient and notifier is not None and not notifier.group):
        place = PLACES.get(channel.type, OTHER)[0]
        words = Message(f"请填写收件{place.zh.partition('，')[0]}", f"Enter: {place.en.partition(',')[0]}")
        raise BadRequest(words, field="recipient")
    context, found, address = work.context, channel, recipient

    def respond() -> Response:
        gate = gate_of(site.workplace, site.clock, site.settings.authorities)
        problem = Deliverer(gate, site.live).try_out(site.clock.now(), found, address, context.language)
        return site.workplace.read(context, lambda after: _page(after, call, site, found, problem))

    return Afterwards(respond)


def again(work: Work, call: Call, site: Site, error: DougongError) -> Response:
    return _page(work, call, site, None, error, error.status)


def _page(
    work: Work,
    call: Call,
    site: Site,
    tested: Channel | None = None,
    problem: DougongError | None = None,
    status: int = 200,
) -> Response:
    language = work.context.language
    done = ""
    if tested is not None and problem is None:
        label = tested.label
        words = Message(
            f"{label.text('zh')}：测试消息已被对方接收，请到对方查看",
            f"{label.text('en')}: the other side took the test message; look for it there",
        )
        done = words.text(language)
    values = {
        "title": Message("通知渠道", "Channels").text(language),
        "channels": [_line(work, one) for one in work.model.channels.values()],
        "done": done,
        "message": _words(tested, problem, language) if problem is not None else "",
        "purpose": PURPOSE,
    }
    return page_response(work, call, site, "administration/channels.html", values, status=status)


def _words(tested: Channel | None, problem: DougongError, language: str) -> str:
    """Why nothing was brought, and where to look."""
    said = problem.message.text(language)
    if tested is None:
        return said
    label = tested.label.text(language)
    if isinstance(problem, EgressRefused):
        hint = Message("请检查去向的声明(用途、级别、地址)", "Check the destination: purposes, level, address")
    elif isinstance(problem, EgressFailed):
        hint = Message("请检查网络、主机、端口和证书", "Check network, host, port and certificate")
    elif isinstance(problem, NotDelivered) and problem.busy:
        hint = Message("稍后再试", "Try again later")
    else:
        hint = Message("请核对渠道的密钥和设置", "Check the secrets and settings of the channel")
    return f"{label}：{said}。{hint.zh}。" if language == "zh" else f"{label}: {said}. {hint.en}."


def _line(work: Work, channel: Channel) -> ChannelLine:
    context, language = work.context, work.context.language
    destination = work.model.destinations.get(channel.destination)
    last = delivered_last(work.session, channel.name)
    place, example = PLACES.get(channel.type, OTHER)
    notifier = installed_notifiers().get(channel.notifier)
    host = f"{destination.host}:{destination.port}" if destination else channel.destination
    waiting, dead = count_about(work.session, channel.name, DELIVER)
    return ChannelLine(
        name=channel.name,
        label=channel.label.text(language),
        type=TYPES[channel.type].text(language),
        destination=host,
        file=str(channel.place),
        titles=channel.titles,
        last=format_instant(from_micros(last), language, context.now, context.zone) if last is not None else "",
        waiting=waiting,
        dead=dead,
        problems=tuple(one.text(language) for one in _lacks(work, channel)),
        place=place.text(language),
        example=example,
        group=notifier is not None and notifier.group,
    )


def _lacks(work: Work, channel: Channel) -> list[Message]:
    """What keeps a channel from working, as far as it can be seen from here."""
    found = [
        Message(f"没有设置环境变量 {name}", f"The environment has no {name}")
        for name in missing_secrets(channel, os.environ)
    ]
    destination = work.model.destinations.get(channel.destination)
    if destination is not None and PURPOSE not in destination.purposes:
        found.append(Message(f"去向没有 {PURPOSE} 用途，出口闸会拒绝", f"The destination lacks the purpose {PURPOSE}"))
    if channel.notifier not in installed_notifiers():
        found.append(Message(f"没有安装 {channel.notifier}", f"{channel.notifier} is not installed"))
    return found
