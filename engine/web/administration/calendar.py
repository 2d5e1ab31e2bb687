"""The working calendar as a page: a year at a look, holidays and working weekends, working hours; changed and imported here."""

from __future__ import annotations

from calendar import Calendar as Months
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from starlette.responses import Response

from engine.diagnostics import DougongError, Message
from engine.model.errors import BadRequest, NotFound
from engine.runtime.work import Work
from engine.runtime.workflow.calendar import Calendar, calendar_of
from engine.runtime.workflow.calendar_days import (
    SpecialDay,
    forget_day,
    hours_text,
    own_days,
    parse_hours,
    read_days,
    set_days,
    set_hours,
    span_of_days,
    special_days,
    working_hours,
)
from engine.web.calls import Call
from engine.web.form_values import day_in, required_text
from engine.web.responses import see_other
from engine.web.shell import page_response
from engine.web.site import Site
from engine.widgets.formats import format_date

PATH = "/admin/calendar"
FIRST_YEAR, LAST_YEAR = 2000, 2100
LONGEST_TEXT = 40_000
WEEKDAYS = {
    "zh": ("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
SHORT = {"zh": ("一", "二", "三", "四", "五", "六", "日"), "en": ("M", "T", "W", "T", "F", "S", "S")}
FESTIVALS = {
    one.zh: one.en
    for one in (
        Message("元旦", "New Year's Day"),
        Message("春节", "Spring Festival"),
        Message("清明节", "Qingming Festival"),
        Message("劳动节", "Labour Day"),
        Message("端午节", "Dragon Boat Festival"),
        Message("中秋节", "Mid-Autumn Festival"),
        Message("国庆节", "National Day"),
        Message("调休上班", "make-up day"),
    )
}
"""What the published days are called; other names are shown as they were given."""
DONE = {
    "days": Message("日历已更新", "The calendar is changed"),
    "hours": Message("工作时间已更新", "Working hours are changed"),
    "import": Message("已导入", "Imported"),
}


@dataclass(frozen=True, slots=True)
class Cell:
    """A day of the year as the grid shows it: kind is work, off, holiday or made_up (a day off that is worked)."""

    number: int
    kind: str
    title: str = ""
    today: bool = False


@dataclass(frozen=True, slots=True)
class Month:
    """A month in weeks from Monday; None where a week reaches into another month."""

    label: str
    weeks: tuple[tuple[Cell | None, ...], ...]


@dataclass(frozen=True, slots=True)
class SpecialLine:
    """A special day in words; `own` when it was set here and may be taken back."""

    day: str
    words: str
    name: str
    working: bool
    source: str
    own: bool


def show(work: Work, call: Call, site: Site) -> Response:
    return _page(work, call, site, "", 200)


def again(work: Work, call: Call, site: Site, error: DougongError) -> Response:
    return _page(work, call, site, error.message.text(work.context.language), error.status)


def change(work: Work, call: Call, site: Site) -> Response:
    """Set or take back days, import a year, set working hours. Raises BadRequest, NotFound."""
    form, act = call.form_first(), call.form_first().get("act", "")
    match act:
        case "days":
            _set(work, form)
        case "forget":
            day = day_in(form, "day")
            if day is None or not forget_day(work.session, day):
                raise NotFound
        case "import":
            set_days(work.session, read_days(_text(call), required_text(form, "source")))
        case "hours":
            set_hours(work.session, {day: parse_hours(form.get(f"hours_{day}", "")) for day in range(7)})
        case _:
            raise BadRequest(Message("不认识的操作", "There is no such act"))
    return see_other(f"{PATH}?year={_year(work, call)}&done={'days' if act == 'forget' else act}")


def _set(work: Work, form: Mapping[str, str]) -> None:
    first = day_in(form, "since")
    if first is None:
        raise BadRequest(Message("请填写日期", "Enter a day"), field="since")
    working = form.get("kind") == "working"
    name, source = required_text(form, "name"), form.get("source", "").strip() or work.context.principal.name
    days = span_of_days(first, day_in(form, "until") or first)
    set_days(work.session, [SpecialDay(day, working, name, source) for day in days])


def _text(call: Call) -> str:
    """The text that was typed, else that of the file. Raises BadRequest."""
    upload = call.files.get("file")
    written = call.form_first().get("days", "")
    try:
        text = written if written.strip() or upload is None else upload.content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadRequest(Message("文件须为 UTF-8 编码的 CSV", "The file must be CSV in UTF-8"), field="file") from None
    if len(text) > LONGEST_TEXT or "\x00" in text:
        raise BadRequest(Message("文件太大或不是文本", "The file is too large or no text"), field="file")
    return text


def _year(work: Work, call: Call) -> int:
    text = call.first.get("year", "") or call.form_first().get("year", "")
    year = int(text) if text.isdecimal() and len(text) == 4 else work.context.today.year
    return min(max(year, FIRST_YEAR), LAST_YEAR)


def _page(work: Work, call: Call, site: Site, message: str, status: int) -> Response:
    language, year = work.context.language, _year(work, call)
    calendar, special, own = calendar_of(work.session), special_days(work.session, year), own_days(work.session)
    months = [_month(work, calendar, special, year, number) for number in range(1, 13)]
    kinds = [cell.kind for month in months for week in month.weeks for cell in week if cell is not None]
    done = DONE.get(call.first.get("done", "")) if call.method == "GET" else None
    hours = working_hours(work.session)
    values = {
        "title": Message("工作日历", "Working calendar").text(language),
        "message": message,
        "done": done.text(language) if done else "",
        "year": year,
        "before": year - 1 if year > FIRST_YEAR else 0,
        "after": year + 1 if year < LAST_YEAR else 0,
        "months": months,
        "short": SHORT[language],
        "lines": [_line(work, one, one.day in own) for one in special.values()],
        "counts": {
            "worked": kinds.count("work") + kinds.count("made_up"),
            "holiday": kinds.count("holiday"),
            "made_up": kinds.count("made_up"),
        },
        "hours": [(day, WEEKDAYS[language][day], hours_text(hours[day])) for day in range(7)],
    }
    return page_response(work, call, site, "administration/calendar.html", values, status=status)


def _month(work: Work, calendar: Calendar, special: Mapping[date, SpecialDay], year: int, number: int) -> Month:
    label = f"{number}月" if work.context.language == "zh" else date(year, number, 1).strftime("%B")
    weeks = tuple(
        tuple(_cell(work, calendar, special, day) if day.month == number else None for day in week)
        for week in Months().monthdatescalendar(year, number)
    )
    return Month(label, weeks)


def _cell(work: Work, calendar: Calendar, special: Mapping[date, SpecialDay], day: date) -> Cell:
    works, one = calendar.works(day), special.get(day)
    usual = bool(calendar.hours[day.weekday()])
    if one is not None and one.working:
        kind = "work" if usual else "made_up"
    elif one is not None:
        kind = "holiday"
    else:
        kind = "work" if works else "off"
    title = _festival(one.name, work.context.language) if one else ""
    return Cell(day.day, kind, title, day == work.context.today)


def _line(work: Work, one: SpecialDay, own: bool) -> SpecialLine:
    language = work.context.language
    words = f"{format_date(one.day, language, work.context.today)} {WEEKDAYS[language][one.day.weekday()]}"
    name = _festival(one.name, language)
    return SpecialLine(one.day.isoformat(), words, name, one.working, one.source, own)


def _festival(name: str, language: str) -> str:
    """The name of a special day, or of two festivals that fall together, for its reader."""
    if language == "zh":
        return name
    return ", ".join(FESTIVALS.get(part, part) for part in name.split("、"))
