"""PDF: a page of HTML made into a file by a child that may be killed; the server itself never loads the renderer.

The renderer is the extra `pdf`. Where it, its library Pango, or a font with the page's characters is missing, the words of
the error say what to install; nothing is ever fetched for a page.
"""

from __future__ import annotations

import importlib

from engine.diagnostics import DougongError, Message
from engine.extensions import Worker

SECONDS, MEGABYTES = 60.0, 1_500
"""What a page may take; the renderer maps whole fonts."""
RENDERER = "engine.runtime.pdf_rendering"


class NoPdf(DougongError):
    """PDFs cannot be made here; the words say what is missing."""

    code = "no_pdf"
    status = 503


def make_pdf(press: Worker, html: str) -> bytes:
    """The page as a PDF. Raises NoPdf, WorkerFailed."""
    found = press.call(render_in_child, html, seconds=SECONDS, megabytes=MEGABYTES)
    if isinstance(found, bytes):
        return found
    raise NoPdf(_MISSING.get(str(found), _MISSING["extra"]))


def render_in_child(html: str) -> bytes | str:
    """What the child does: the PDF, or the word for what is missing here."""
    try:
        renderer = importlib.import_module(RENDERER)
    except ModuleNotFoundError:
        return "extra"
    except OSError:  # the library that the renderer opens at its import
        return "pango"
    made: bytes | str = renderer.render(html)
    return made


_PRINT = Message("；也可以用浏览器的打印功能", "; or use the browser's print")
_MISSING = {
    word: Message(zh + _PRINT.zh, en + _PRINT.en)
    for word, zh, en in (
        (
            "extra",
            "没有安装 PDF 组件：请管理员运行 pip install 'dougong[pdf]'",
            "The extra for PDFs is not installed: an administrator runs pip install 'dougong[pdf]'",
        ),
        (
            "pango",
            "系统缺少 Pango：请管理员运行 apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0",
            "The system lacks Pango: an administrator runs apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0",
        ),
        (
            "font",
            "系统没有中文字体：请管理员运行 apt-get install fonts-noto-cjk",
            "The system has no font with Chinese: an administrator runs apt-get install fonts-noto-cjk",
        ),
    )
}
