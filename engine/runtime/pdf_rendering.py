"""The renderer of PDFs, imported by the worker's child alone: the extra `pdf`. It fetches nothing, whatever a page names."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from io import BytesIO

from fontTools.ttLib import TTFont
from weasyprint import HTML
from weasyprint.pdf.fonts import Font
from weasyprint.urls import URLFetcher

logging.getLogger("weasyprint").disabled = True  # it would write what a page names
HAN = re.compile(r"[㐀-鿿]")


def render(html: str) -> bytes | str:
    """The PDF of a page, or `font` where no font at hand has its Chinese characters."""
    document = HTML(string=html, base_url=None, url_fetcher=Refusing()).render()
    made = document.write_pdf()
    sample = HAN.search(html)
    return made if sample is None or _any_has(document.fonts.values(), ord(sample[0])) else "font"


class Refusing(URLFetcher):
    """Fetches nothing: a page brings all that it shows, and what it names besides is left out."""

    def fetch(self, url: str, headers: object = None) -> object:
        raise ValueError


def _any_has(fonts: Iterable[Font], character: int) -> bool:
    return any(character in _characters(one) for one in fonts)


def _characters(font: Font) -> Iterable[int]:
    with TTFont(BytesIO(font.file_content), fontNumber=font.index, lazy=True) as opened:
        return frozenset(opened.getBestCmap() or ())
