"""Reading rich texts: any HTML becomes a few plain lines, and only those are written out again.

Nothing of what came in is passed on: tags are looked at, words are kept, and the markup is made anew of paragraphs,
headings, lists, quotes, bold, italic and links. Each character is looked at a fixed number of times.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import escape, unescape

from engine.model.entities import Field
from engine.model.rich_texts import SEPARATOR, RichText, paragraphs
from engine.runtime.storage.problems import OUT_OF_RANGE, WRONG_TYPE, refuse
from engine.runtime.storage.texts import LONGEST, parse_text

HTML = "html"
"""The key under which markup is given."""
LONGEST_SOURCE = 500_000
"""Characters of HTML that are read: what is pasted from a word processor is mostly styles."""
DEEPEST = 4
"""Lists within lists."""
_TOKEN = re.compile(r"<!--.*?(?:-->|\Z)|<(/?)([a-zA-Z][a-zA-Z0-9:-]*)([^>]*)(?:>|\Z)|<[!?/][^>]*(?:>|\Z)", re.DOTALL)
_ATTRIBUTE = re.compile(r"""([a-zA-Z-]{1,40})\s{0,9}=\s{0,9}(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_LINK = re.compile(r"(?:https?://|mailto:|tel:)[^\s<>\"'\\^`{|}\x00-\x20\x7f]{1,2000}", re.IGNORECASE)
_SPACE = re.compile(r"[^\S\xa0\u3000]+")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_ENDS = " \n\u3000"
_HEAVY = re.compile(r"font-weight\s{0,9}:\s{0,9}(bold|[1-9]00|normal|lighter)", re.IGNORECASE)
_SLANTED = re.compile(r"font-style\s{0,9}:\s{0,9}(italic|oblique|normal)", re.IGNORECASE)
_WORD_ITEM = re.compile(r"(?:([·•●▪o§Ø\-–])|\(?\d{1,3}[.、)）．])[\s\xa0]+")
_UNSEEN = frozenset({
    "applet", "audio", "canvas", "embed", "frame", "frameset", "head", "iframe", "math", "noembed", "noframes", "noscript",
    "object", "option", "script", "select", "style", "svg", "template", "textarea", "title", "video", "xml", "xmp",
})  # fmt: skip
"""Elements whose content is no text of the writer's."""
_HEADINGS = {"h1": "h3", "h2": "h3", "h3": "h3", "h4": "h4", "h5": "h4", "h6": "h4"}
_BLOCKS = frozenset({
    "address", "article", "aside", "center", "dd", "div", "dl", "dt", "figure", "footer", "header", "hr", "main", "nav",
    "p", "pre", "section", "table", "tr",
})  # fmt: skip
_INLINE = {"b": "strong", "strong": "strong", "i": "em", "em": "em", "span": "", "font": "", "a": ""}
_LISTS = frozenset({"ul", "ol"})


@dataclass(frozen=True, slots=True)
class _Style:
    """How words look that stand here."""

    strong: bool = False
    em: bool = False
    href: str = ""
    block: str = "p"
    quoted: bool = False
    lists: tuple[str, ...] = ()


@dataclass(slots=True)
class _Line:
    """A paragraph, a heading or an item: runs of words that look alike."""

    block: str
    quoted: bool
    lists: tuple[str, ...]
    runs: list[tuple[str, _Style]] = field(default_factory=list)


def parse_rich(value: object, declared: Field) -> str | None:
    """What somebody wrote: plain words, or `{"html": …}`, of which what we know is kept. None for nothing but space."""
    if isinstance(value, RichText):
        return value
    if isinstance(value, str) and SEPARATOR in value:
        words, _, markup = value.partition(SEPARATOR)
        value = {HTML: markup or paragraphs(words)}
    if not isinstance(value, Mapping):
        return parse_text(value, declared)
    source = value.get(HTML)
    if not isinstance(source, str) or len(value) != 1:
        raise refuse(declared, WRONG_TYPE, '这里需要文本，或 {"html": "…"}', 'A text or {"html": "…"} is needed here')
    if len(source) > LONGEST_SOURCE:
        raise refuse(
            declared, OUT_OF_RANGE, "带的格式太多，请粘贴为纯文本", "Too much formatting; paste it as plain text"
        )
    found = rich_text(source)
    if found is not None and len(found) > LONGEST:
        raise refuse(declared, OUT_OF_RANGE, f"最多 {LONGEST} 个字", f"At most {LONGEST} characters")
    return found


def rich_text(source: str) -> RichText | None:
    """The text that HTML stands for, with as much of its formatting as is kept; None where it holds no words."""
    lines = _settled(_Reading().lines(source))
    words = unicodedata.normalize("NFC", "\n".join(_words(lines)))
    if not words:
        return None
    markup = "".join(_markup(lines))
    return RichText(words, None if markup == paragraphs(words) else markup)


def of_stored(stored: str) -> RichText:
    """What a column holds."""
    words, _, markup = stored.partition(SEPARATOR)
    return RichText(words, markup or None)


def kept_text(value: str) -> str:
    """What a version keeps: in a form that is told from what somebody wrote."""
    return f"{value}{SEPARATOR}{value.markup if isinstance(value, RichText) and value.formatted else ''}"


def markup_of(stored: object) -> str:
    """The markup of what a column holds."""
    return of_stored(str(stored)).markup


class _Reading:
    """One walk over HTML that closes what was left open and forgets what it does not know."""

    def __init__(self) -> None:
        self._found: list[_Line] = []
        self._open: list[tuple[str, _Style]] = [("", _Style())]
        self._counts: Counter[str] = Counter()
        self._line: _Line | None = None

    def lines(self, source: str) -> list[_Line]:
        at = 0
        while (token := _TOKEN.search(source, at)) is not None:
            self._text(source[at : token.start()])
            at, name = token.end(), (token[2] or "").lower()
            if token[1]:
                self._close(name)
            elif name in _UNSEEN:
                end = re.compile(f"</{name}[^>]*(?:>|\\Z)", re.IGNORECASE).search(source, at)
                at = end.end() if end else len(source)
            elif name:
                self._begin(name, token[3])
        self._text(source[at:])
        return self._found

    def _text(self, raw: str) -> None:
        words = _SPACE.sub(" ", _CONTROL.sub("", unescape(raw)))
        if words.strip() or (words and self._line is not None):
            self._write(words)

    def _write(self, words: str) -> None:
        style = self._open[-1][1]
        if self._line is None:
            self._line = _Line(style.block, style.quoted, style.lists)
            self._found.append(self._line)
        self._line.runs.append((words, style))

    def _begin(self, name: str, attributes: str) -> None:
        if name == "br":
            self._write("\n")
        elif name in ("td", "th"):
            self._text(" " if self._line is not None else "")
        elif name == "li":
            self._end_line()
            style = self._open[-1][1]
            self._push(name, style if style.lists else replace(style, block="li", lists=("ul",)))
        elif name in _INLINE:
            self._push(name, _looks(self._open[-1][1], name, attributes))
        elif name in _BLOCKS or name in _HEADINGS or name in _LISTS or name == "blockquote":
            self._block(name, attributes)

    def _block(self, name: str, attributes: str) -> None:
        style = self._open[-1][1]
        if name != "p" and self._line is not None and not self._line.runs:
            self._found.pop()  # a paragraph that only wraps another block
            self._line = None
        if style.lists and name not in _LISTS and self._line is not None and self._counts["li"]:
            self._write("\n")  # a second paragraph of an item
        else:
            self._end_line()
        if name in _LISTS:
            style = replace(style, block="li", lists=(*style.lists, name)[:DEEPEST])
        elif name in _HEADINGS and not style.lists:
            style = replace(style, block=_HEADINGS[name])
        elif name == "blockquote":
            style = replace(style, quoted=True)
        elif name == "p" and "MsoListParagraph" in attributes:
            style = replace(style, block="word", lists=("ul",))
        self._push(name, style)
        if name == "p" and not style.lists:
            self._line = _Line(style.block, style.quoted, style.lists)
            self._found.append(self._line)

    def _push(self, name: str, style: _Style) -> None:
        self._counts[name] += 1
        self._open.append((name, style))

    def _close(self, name: str) -> None:
        within = name in _INLINE or name in ("td", "th") or (name in _BLOCKS and self._counts["li"])
        if not within:
            self._end_line()
        if not self._counts[name]:
            return
        while True:
            left, _ = self._open.pop()
            self._counts[left] -= 1
            if left == name:
                return

    def _end_line(self) -> None:
        self._line = None


def _looks(style: _Style, name: str, attributes: str) -> _Style:
    """How words within an inline element look: as its tag says, and as its style says where it says anything."""
    given = {one[1].lower(): unescape(one[2] or one[3] or one[4] or "") for one in _ATTRIBUTE.finditer(attributes)}
    style = replace(style, strong=style.strong or _INLINE[name] == "strong", em=style.em or _INLINE[name] == "em")
    heavy, slanted = _HEAVY.search(given.get("style", "")), _SLANTED.search(given.get("style", ""))
    if heavy:
        style = replace(style, strong=heavy[1].lower() == "bold" or heavy[1][0] in "6789")
    if slanted:
        style = replace(style, em=slanted[1].lower() != "normal")
    if name == "a":
        href = given.get("href", "").strip()
        style = replace(style, href=href if _LINK.fullmatch(href) else "")
    return style


def _settled(found: Sequence[_Line]) -> list[_Line]:
    """Lines without space around them, each item one level deeper than the one before it at most, no blank ends."""
    lines: list[_Line] = []
    for one in found:
        runs = _trimmed(one.runs)
        block, lists = one.block, one.lists
        if block == "word":
            block, lists, runs = _word_item(runs)
        if lists and not runs:
            continue
        before = lines[-1].lists if lines and lines[-1].quoted == one.quoted else ()
        inside = lists[: _common(before, lists) + 1]
        lines.append(_Line("li" if lists else block if runs else "p", one.quoted, inside, runs))
    while lines and not lines[-1].runs:
        lines.pop()
    first = next((at for at, one in enumerate(lines) if one.runs), 0)
    return lines[first:]


def _word_item(runs: list[tuple[str, _Style]]) -> tuple[str, tuple[str, ...], list[tuple[str, _Style]]]:
    """An item as word processors write one: a paragraph that begins with its sign or number."""
    words = "".join(text for text, _ in runs[:4])
    marked = _WORD_ITEM.match(words.replace("\xa0", " "))
    if marked is None:
        return "p", (), runs
    left, kept = marked.end(), []
    for text, style in runs:
        cut = min(left, len(text))
        left -= cut
        kept.append((text[cut:], style))
    return "li", ("ul" if marked[1] else "ol",), _trimmed(kept)


def _trimmed(runs: Sequence[tuple[str, _Style]]) -> list[tuple[str, _Style]]:
    """Runs that look alike put together, one space between words, none at the ends and beside a break of the line."""
    joined: list[tuple[list[str], tuple[bool, bool, str], _Style]] = []
    ended = True
    for text, style in runs:
        shown = text.replace("\xa0", " ")
        kept = []
        for piece in re.split(r"( +|\n)", shown):
            if piece.startswith(" ") and ended:
                continue
            if piece:
                kept.append(" " if piece.startswith(" ") else piece)
                ended = piece[-1] in " \n"
        look = (style.strong, style.em, style.href)
        if joined and joined[-1][1] == look:
            joined[-1][0].extend(kept)
        elif kept:
            joined.append((kept, look, style))
    return _stripped([(unicodedata.normalize("NFC", "".join(parts)), style) for parts, _, style in joined])


def _stripped(runs: list[tuple[str, _Style]]) -> list[tuple[str, _Style]]:
    """Runs without space before a break of the line and at the ends."""
    kept: list[tuple[str, _Style]] = []
    behind = "\n"
    for text, style in reversed(runs):
        shown = re.sub(r" +\n", "\n", text)
        shown = shown.rstrip(_ENDS) if not kept else shown.rstrip(" ") if behind == "\n" else shown
        if shown:
            kept.append((shown, style))
            behind = shown[0]
    kept.reverse()
    while kept and not (first := kept[0][0].lstrip(_ENDS)):
        kept.pop(0)
    if kept:
        kept[0] = (first, kept[0][1])
    return kept


def _words(lines: Sequence[_Line]) -> Iterator[str]:
    """The lines as plain text: items with their sign or number."""
    numbers: list[int] = []
    before: tuple[bool, tuple[str, ...]] = (False, ())
    for line in lines:
        text, depth = "".join(text for text, _ in line.runs), len(line.lists)
        common = _common(before[1], line.lists) if before[0] == line.quoted else 0
        numbers, before = [*numbers[:common], *[0] * (depth - common)], (line.quoted, line.lists)
        if not depth:
            yield text
            continue
        numbers[-1] += 1
        sign = f"{numbers[-1]}. " if line.lists[-1] == "ol" else "- "
        yield "  " * (depth - 1) + sign + text


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """How many lists two lines are in together."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def _markup(lines: Sequence[_Line]) -> Iterator[str]:
    """The lines as HTML. An item stays open until what follows is not inside of it."""
    lists: tuple[str, ...] = ()
    quoted = False
    for line in (*lines, _Line("", False, ())):
        common = _common(lists, line.lists) if line.quoted == quoted else 0
        yield from (f"</li></{name}>" for name in reversed(lists[common:]))
        if 0 < common == len(line.lists):
            yield "</li>"
        if line.quoted != quoted:
            yield "<blockquote>" if line.quoted else "</blockquote>"
        yield from (f"<{name}>" for name in line.lists[common:])
        lists, quoted = line.lists, line.quoted
        if line.block:
            inside = "".join(_run(text, style) for text, style in line.runs) or "<br>"
            yield f"<li>{inside}" if line.lists else f"<{line.block}>{inside}</{line.block}>"


def _run(text: str, style: _Style) -> str:
    shown = escape(text, quote=False).replace("\n", "<br>")
    shown = f"<em>{shown}</em>" if style.em else shown
    shown = f"<strong>{shown}</strong>" if style.strong else shown
    if not style.href:
        return shown
    return f'<a href="{escape(style.href)}" rel="noopener noreferrer" target="_blank">{shown}</a>'
