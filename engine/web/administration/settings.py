"""Settings: every one with its value and where it comes from; some may be changed here while the installation serves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field, dataclass
from typing import Any

from starlette.responses import Response

from engine.diagnostics import DougongError, Message
from engine.runtime.live_settings import change_setting, changeable
from engine.runtime.settings import FILE_NAME, PREFIX, Origin, Settings, setting_fields, shown
from engine.runtime.work import Work
from engine.web.calls import Call
from engine.web.form_values import required_text
from engine.web.responses import see_other
from engine.web.shell import page_response
from engine.web.site import Site

PATH = "/admin/settings"
ORIGINS: Mapping[Origin, tuple[Message, str]] = {
    Origin.DEFAULT: (Message("默认", "default"), "neutral"),
    Origin.PAGE: (Message("页面", "page"), "info"),
    Origin.FILE: (Message("文件", "file"), "success"),
    Origin.ENVIRONMENT: (Message("环境变量", "environment"), "success"),
    Origin.FLAG: (Message("启动参数", "flag"), "success"),
}


@dataclass(frozen=True, slots=True)
class SettingLine:
    """A setting as the page shows it. `raw` is the value for its control, empty where it may not be changed."""

    name: str
    variable: str
    about: str
    value: str
    origin: str
    tone: str
    changeable: bool
    changed: bool
    raw: str
    default: str
    number: tuple[int, int] | None
    choices: tuple[str, ...]
    wrong: str


def show(work: Work, call: Call, site: Site) -> Response:
    return _page(work, call, site, None)


def again(work: Work, call: Call, site: Site, error: DougongError) -> Response:
    return _page(work, call, site, error)


def change(work: Work, call: Call, site: Site) -> Response:
    """Give a setting another value, or its default back. Raises BadSetting, Forbidden."""
    form = call.form_first()
    name = required_text(form, "setting")
    text = None if form.get("act") == "default" else form.get("value", "").strip()
    change_setting(work, site.live, name, text)
    return see_other(f"{PATH}?done={name}#{name}")


def _page(work: Work, call: Call, site: Site, error: DougongError | None) -> Response:
    language, settings = work.context.language, site.settings
    form = call.form_first()
    message = error.message.text(language) if error else ""
    lines = [_line(one, settings, language, form, message) for one in setting_fields()]
    done = call.first.get("done", "") if call.method == "GET" else ""
    values = {
        "title": Message("设置", "Settings").text(language),
        "changing": [one for one in lines if one.changeable],
        "fixed": [one for one in lines if not one.changeable],
        "message": message if not any(one.wrong for one in lines) else "",
        "done": next((one.about for one in lines if one.name == done), ""),
        "file": str(settings.data / FILE_NAME),
    }
    return page_response(
        work, call, site, "administration/settings.html", values, status=error.status if error else 200
    )


def _line(one: Field[Any], settings: Settings, language: str, form: Mapping[str, str], message: str) -> SettingLine:
    origin, value = settings.origin_of(one.name), getattr(settings, one.name)
    words, tone = ORIGINS[origin]
    may_change = one in changeable(settings)
    mistaken = bool(message) and form.get("setting") == one.name and may_change
    limits = (one.metadata["least"], one.metadata["most"]) if "least" in one.metadata else None
    return SettingLine(
        name=one.name,
        variable=PREFIX + one.name.upper(),
        about=Message(one.metadata["zh"], one.metadata["help"]).text(language),
        value=shown(one, value),
        origin=words.text(language),
        tone=tone,
        changeable=may_change,
        changed=origin is Origin.PAGE,
        raw=(form.get("value", "") if mistaken else str(value)) if may_change else "",
        default=shown(one, one.default),
        number=limits,
        choices=one.metadata.get("choices", ()),
        wrong=message if mistaken else "",
    )
