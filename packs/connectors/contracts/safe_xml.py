"""XML that nobody vouches for: events of a parser that refuses document types, and with them every entity. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from xml.parsers import expat

from engine.diagnostics import DougongError, Message

MOST_DEPTH = 200
Event = tuple[str, str]
"""`begin` or `end` with the name of an element, `text` with a part of its text; names without their spaces."""


class UnsafeXml(DougongError):
    """A file declares a document type or entities, which can read other files or grow without end, or is no XML."""

    code = "unsafe_xml"
    status = 422


def events(content: bytes) -> Iterator[Event]:
    """What an XML file says, in its order. Raises UnsafeXml."""
    parser = expat.ParserCreate(namespace_separator="}")
    found: list[Event] = []
    depth = 0

    def begins(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MOST_DEPTH:
            raise UnsafeXml(Message("文件的结构嵌套过深", "The file is nested too deeply"))
        found.append(("begin", name.rpartition("}")[2]))

    def ends(name: str) -> None:
        nonlocal depth
        depth -= 1
        found.append(("end", name.rpartition("}")[2]))

    parser.StartElementHandler = begins
    parser.EndElementHandler = ends
    parser.CharacterDataHandler = lambda text: found.append(("text", text))
    parser.StartDoctypeDeclHandler = _refused
    parser.EntityDeclHandler = _refused
    for start in range(0, len(content), 65_536):
        _feed(parser, content[start : start + 65_536], False)
        yield from found
        found.clear()
    _feed(parser, b"", True)
    yield from found


def _feed(parser: expat.XMLParserType, part: bytes, last: bool) -> None:
    try:
        parser.Parse(part, last)
    except expat.ExpatError:
        raise UnsafeXml(Message("文件不是有效的 XML", "The file is not valid XML")) from None


def _refused(*declared: object) -> None:
    raise UnsafeXml(
        Message("文件声明了文档类型或实体，已拒绝读取", "The file declares a document type or entities; it is refused")
    )
