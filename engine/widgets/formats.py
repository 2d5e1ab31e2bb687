"""Formats: numbers, money, dates and spans of time as people read them, in Chinese and English.

All are pure: the language is 'zh' or 'en', and today, now and the zone are handed in.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from zoneinfo import ZoneInfo

MINUS = "−"
SYMBOLS = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "HKD": "HK$"}
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MAX_DIGITS = 60
ROOMY = Context(prec=2 * MAX_DIGITS)
UNITS = tuple(Decimal(1).scaleb(-scale) for scale in range(20))
"""The last digit of a number with so many decimals."""


@dataclass(frozen=True, slots=True)
class Step:
    """A word for a power of ten: figures from `since` on are told in it."""

    size: Decimal
    word: str
    since: Decimal


def _step(power: int, word: str, since: int | None = None) -> Step:
    return Step(Decimal(10) ** power, word, Decimal(10) ** (power if since is None else since))


STEPS = {
    "zh": (_step(12, " 万亿"), _step(8, " 亿"), _step(4, " 万")),
    "en": (_step(12, "T"), _step(9, "B"), _step(6, "M"), _step(3, "K", since=4)),
}


def format_number(value: Decimal | int, language: str, scale: int | None = None) -> str:
    """The exact number with thousands separators; `scale` fixes the decimals, None keeps those it has: −1,286.5."""
    del language  # Both languages group by thousands; the argument keeps all formats alike.
    amount = Decimal(value)
    if not amount.is_finite():
        return "—"
    rounded = amount if scale is None else round_half_up(amount, scale)
    text = f"{rounded.copy_abs():,f}"
    if scale is None and "." in text:
        text = text.rstrip("0").rstrip(".")
    return f"{MINUS if rounded < 0 else ''}{text}"


def round_half_up(amount: Decimal, scale: int) -> Decimal:
    """Rounded as invoices are: halves away from zero."""
    context = ROOMY if amount.adjusted() < MAX_DIGITS else Context(prec=MAX_DIGITS + amount.adjusted())
    return amount.quantize(
        UNITS[scale] if 0 <= scale < len(UNITS) else Decimal(1).scaleb(-scale), ROUND_HALF_UP, context
    )


def format_money(value: Decimal | int, language: str, currency: str = "CNY", scale: int | None = 2) -> str:
    """Exact money with its sign before the symbol: ¥1,286.00, −$12.50; an unknown currency stands as its code.
    More than two decimals are shown only as far as they say something.
    """
    amount = Decimal(value)
    if scale is not None and scale > 2 and amount.is_finite():
        scale = max(2, min(scale, -int(amount.normalize().as_tuple().exponent)))
    return _with_symbol(format_number(amount, language, scale), currency)


def format_decimal(value: Decimal | int, language: str, scale: int | None = None) -> str:
    """A number as it is read beside others: more than two decimals are shown only as far as they say something."""
    text = format_number(value, language, scale)
    return text.rstrip("0").rstrip(".") if scale is not None and scale > 2 and "." in text else text


def compact(value: Decimal | int, language: str, scale: int | None = 2) -> str:
    """A figure in short form: 1,286, 3.2 亿, 4.5 万 in Chinese; 45K, 3.2M, 1.1B in English; three or four digits
    that count.
    """
    amount = Decimal(value)
    if not amount.is_finite():
        return "—"
    for step in STEPS[_short(language)]:
        if amount.copy_abs() >= step.since:
            return _in_step(amount, step, language)
    return format_number(round_half_up(amount, min(scale or 0, _decimals(abs(amount)))), language)


def compact_money(value: Decimal | int, language: str, currency: str = "CNY") -> str:
    """Money in short form: ¥3.2 亿, −$45K; small amounts to the cent only below a hundred."""
    return _with_symbol(compact(value, language, 2 if abs(Decimal(value)) < 100 else 0), currency)


def format_percent(value: Decimal | int, language: str, scale: int = 1) -> str:
    """A ratio as a percentage: 0.0421 is 4.2 %."""
    amount = Decimal(value)
    if not amount.is_finite():
        return "—"
    text = format_number(round_half_up(amount * 100, scale), language)
    return f"{text} %" if _short(language) == "zh" else f"{text}%"


def format_date(value: date, language: str, today: date) -> str:
    """A day near today by its word, else by month and day, with the year when it is another: 今天, 3 月 2 日, 2025 年 3
    月 2 日.
    """
    return _near(value, language, today) or short_date(value, language, today)


def short_date(value: date, language: str, today: date) -> str:
    """A day by month and day, with the year when it is another than today's."""
    if _short(language) == "zh":
        short = f"{value.month} 月 {value.day} 日"
        return short if value.year == today.year else f"{value.year} 年 {short}"
    short = f"{value.day} {MONTHS[value.month - 1]}"
    return short if value.year == today.year else f"{short} {value.year}"


def format_instant(value: datetime, language: str, now: datetime, zone: str) -> str:
    """An instant in `zone`: 刚刚, 5 分钟前, 今天 14:05, 昨天 09:30, 3 月 2 日 14:05; a bare datetime is taken as UTC."""
    there, here = _in_zone(value, zone), _in_zone(now, zone)
    gone = here - there
    if timedelta(0) <= gone < timedelta(minutes=1):
        return "刚刚" if _short(language) == "zh" else "just now"
    if timedelta(0) <= gone < timedelta(hours=1):
        minutes = int(gone.total_seconds() // 60)
        return f"{minutes} 分钟前" if _short(language) == "zh" else f"{minutes} min ago"
    return f"{format_date(there.date(), language, here.date())} {there:%H:%M}"


def in_sentence(words: str) -> str:
    """A day or instant within a sentence, where English writes today with a small letter."""
    return words[:1].lower() + words[1:] if words.startswith(("Today", "Yesterday", "Tomorrow")) else words


def format_days(days: int, language: str) -> str:
    """A number of days: 3 天, 1 day, 3 days."""
    if _short(language) == "zh":
        return f"{days:,} 天"
    return f"{days:,} day" if days == 1 else f"{days:,} days"


def format_duration(value: timedelta, language: str) -> str:
    """A span by its two largest units: 3 天 4 小时, 1 h 5 min, 45 秒."""
    seconds = int(value.total_seconds())
    sign, rest = (MINUS, -seconds) if seconds < 0 else ("", seconds)
    units = (("天", "d", 86400), ("小时", "h", 3600), ("分钟", "min", 60), ("秒", "s", 1))
    parts: list[str] = []
    for zh, en, size in units:
        count, rest = divmod(rest, size)
        if count or (size == 1 and not parts):
            parts.append(f"{count:,} {zh if _short(language) == 'zh' else en}")
    return sign + " ".join(parts[:2])


def format_bytes(size: int) -> str:
    """The size of a file: 812 B, 34 KB, 1.2 MB."""
    amount = Decimal(size)
    for word in ("B", "KB", "MB", "GB"):
        if amount < 1024 or word == "GB":
            break
        amount /= 1024
    return f"{format_number(round_half_up(amount, 0 if word in {'B', 'KB'} else 1), 'en')} {word}"


def axis_text(value: Decimal, language: str, largest: Decimal) -> str:
    """A tick of an axis in the word that fits the largest tick, so that all ticks share it: 0, 50 万, 100 万."""
    step = next((one for one in STEPS[_short(language)] if largest >= one.size), None)
    if value == 0 or step is None:
        return format_number(value.normalize() if value else value, language)
    return format_number((value / step.size).normalize(), language) + step.word


def _in_step(amount: Decimal, step: Step, language: str) -> str:
    scaled = amount / step.size
    rounded = round_half_up(scaled, _decimals(abs(scaled)))
    larger = next((one for one in reversed(STEPS[_short(language)]) if one.size > step.size), None)
    if larger is not None and abs(rounded) * step.size >= larger.size:
        return _in_step(amount, larger, language)
    return format_number(rounded, language) + step.word


def _decimals(size: Decimal) -> int:
    return 2 if size < 10 else 1 if size < 1000 else 0


def _with_symbol(text: str, currency: str) -> str:
    symbol = SYMBOLS.get(currency, f"{currency} " if currency else "")
    return f"{MINUS}{symbol}{text[1:]}" if text.startswith(MINUS) else text if text == "—" else symbol + text


def _near(value: date, language: str, today: date) -> str:
    words = {0: ("今天", "today"), -1: ("昨天", "yesterday"), 1: ("明天", "tomorrow")}
    zh, en = words.get((value - today).days, ("", ""))
    return zh if _short(language) == "zh" else en.capitalize()


def _in_zone(value: datetime, zone: str) -> datetime:
    aware = value if value.tzinfo is not None else value.replace(tzinfo=ZoneInfo("UTC"))
    return aware.astimezone(ZoneInfo(zone))


def _short(language: str) -> str:
    return "zh" if language.startswith("zh") else "en"
