"""Devices: what a browser says of itself, kept as two codes and told in plain words. Nothing else of it is stored."""

from __future__ import annotations

from engine.diagnostics import Message

BROWSERS = (
    ("MicroMessenger", "wechat"),
    ("DingTalk", "dingtalk"),
    ("Lark", "feishu"),
    ("Edg", "edge"),
    ("OPR", "opera"),
    ("SamsungBrowser", "samsung"),
    ("HuaweiBrowser", "huawei"),
    ("Firefox", "firefox"),
    ("FxiOS", "firefox"),
    ("CriOS", "chrome"),
    ("Chrome", "chrome"),
    ("Safari", "safari"),
)
SYSTEMS = (
    ("HarmonyOS", "harmony"),
    ("OpenHarmony", "harmony"),
    ("iPhone", "iphone"),
    ("iPad", "ipad"),
    ("Android", "android"),
    ("Windows", "windows"),
    ("Macintosh", "mac"),
    ("CrOS", "chromeos"),
    ("Linux", "linux"),
)
"""Marks in the order in which they decide: those that others carry too stand last."""

NAMES = {
    "wechat": Message("微信", "WeChat"),
    "dingtalk": Message("钉钉", "DingTalk"),
    "feishu": Message("飞书", "Lark"),
    "edge": Message("Edge", "Edge"),
    "opera": Message("Opera", "Opera"),
    "samsung": Message("三星浏览器", "Samsung Internet"),
    "huawei": Message("华为浏览器", "Huawei Browser"),
    "firefox": Message("Firefox", "Firefox"),
    "chrome": Message("Chrome", "Chrome"),
    "safari": Message("Safari", "Safari"),
    "harmony": Message("鸿蒙手机", "HarmonyOS"),
    "iphone": Message("iPhone", "iPhone"),
    "ipad": Message("iPad", "iPad"),
    "android": Message("安卓手机", "Android"),
    "windows": Message("Windows 电脑", "Windows"),
    "mac": Message("Mac", "Mac"),
    "chromeos": Message("Chromebook", "Chromebook"),
    "linux": Message("Linux 电脑", "Linux"),
}
PHONES = frozenset({"harmony", "iphone", "ipad", "android"})
UNKNOWN = Message("未知设备", "Unknown device")


def device_of(user_agent: str) -> str:
    """The browser and the system as codes: `chrome/windows`; empty parts for what is not known."""
    text = user_agent[:400]
    return f"{_first(BROWSERS, text)}/{_first(SYSTEMS, text)}"


def device_words(device: str | None, language: str) -> str:
    """A device in plain words: iPhone 上的 Safari, Chrome on Windows."""
    browser, _, system = (device or "").partition("/")
    words = [NAMES[one].text(language) for one in (system, browser) if one in NAMES]
    if len(words) < 2:
        return words[0] if words else UNKNOWN.text(language)
    if language == "zh":
        return f"{words[0]}{' ' if words[0].isascii() else ''}上的{' ' if words[1].isascii() else ''}{words[1]}"
    return f"{words[1]} on {words[0]}"


def is_handheld(device: str | None) -> bool:
    return (device or "").partition("/")[2] in PHONES


def _first(marks: tuple[tuple[str, str], ...], text: str) -> str:
    return next((code for mark, code in marks if mark in text), "")
