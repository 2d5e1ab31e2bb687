"""The canonical form of definition files: two spaces, one order of keys, short values on one line, comments kept."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from engine.diagnostics import Diagnostic
from engine.dsl.format_tree import Collection, Entry, Node, Scalar, read_tree
from engine.dsl.schema_store import schema_of
from engine.dsl.source import read_source

WIDTH = 120
_FLOW_SIGNS = frozenset(",[]{}")


def format_text(kind: str, text: str, file: str = "") -> str | tuple[Diagnostic, ...]:
    """`text` of a resource of `kind` in canonical form, or why it cannot be read. Data and comments stay the same."""
    reading = read_source(file, text.encode("utf-8", errors="surrogatepass"))
    if reading.problems:
        return reading.problems
    tree = read_tree(reading.source)
    _order(tree.root, kind)
    lines = [*tree.header, *_Layout().block(tree.root, 0), *tree.footer]
    while lines and not lines[-1]:
        lines.pop()
    result = "\n".join(line.rstrip() for line in lines) + "\n"
    return result if read_source(file, result.encode()).data == reading.data else text


def _order(root: Collection, kind: str) -> None:
    """Keys of the file in the schema's order; in items `id` first and children last."""
    properties = schema_of(kind).get("properties")
    names = list(properties) if isinstance(properties, Mapping) else []
    ranks = {name: rank for rank, name in enumerate(names)}
    first = root.entries[0] if root.entries else None
    root.entries.sort(key=lambda entry: ranks.get(entry.key.value if entry.key else "", len(ranks)))
    if first is not None and root.entries[0] is not first and root.entries[0].before[:1] == [""]:
        root.entries[0].before.pop(0)
    for entry in root.entries:
        _order_items(entry.value)


def _order_items(node: Node) -> None:
    if isinstance(node, Scalar):
        return
    if node.is_map and any(entry.key and entry.key.value == "id" for entry in node.entries):
        node.entries.sort(key=lambda entry: {"id": 0, "items": 2}.get(entry.key.value if entry.key else "", 1))
    for entry in node.entries:
        _order_items(entry.value)


class _Layout:
    """Lines of nodes at an indentation."""

    def block(self, collection: Collection, indent: int) -> Iterator[str]:
        """The entries of a collection, one or more lines each."""
        for position, entry in enumerate(collection.entries):
            pad = " " * indent
            leading = entry.before[1:] if position == 0 and indent and entry.before[:1] == [""] else entry.before
            yield from (f"{pad}{line}" if line else "" for line in leading)
            yield from self._entry(entry, collection, indent)
            yield from (f"{pad}{line}" if line else "" for line in entry.after)

    def _entry(self, entry: Entry, around: Collection, indent: int) -> Iterator[str]:
        pad = " " * indent
        head = f"{pad}{_key(entry.key)}:" if entry.key else f"{pad}-"
        trailing = f"  {entry.trailing}" if entry.trailing else ""
        value = entry.value
        if isinstance(value, Scalar) and value.style in {"|", ">"}:
            yield from self._block_text(head, value, indent, trailing)
            return
        line = self._on_one_line(value, around, len(head) + 1)
        if line is not None:
            yield f"{head} {line}{trailing}" if line else f"{head}{trailing}"
        elif isinstance(value, Collection):
            yield from self._nested(head, entry, value, indent, trailing)

    def _nested(self, head: str, entry: Entry, value: Collection, indent: int, trailing: str) -> Iterator[str]:
        inner = list(self.block(value, indent + 2))
        compact = entry.key is None and value.is_map and not trailing and not value.entries[0].before
        if compact:
            yield f"{head} {inner[0].lstrip()}"
            yield from inner[1:]
        else:
            yield f"{head}{trailing}"
            yield from inner

    def _on_one_line(self, value: Node, around: Collection, column: int) -> str | None:
        """The value on its entry's line, or None where it must stand below it."""
        if isinstance(value, Scalar):
            return _scalar(value, flow=False)
        if not value.entries:
            return "{}" if value.is_map else "[]"
        if value.commented or not (value.flow or _is_small(value, around)):
            return None
        line = _flow(value)
        return line if line is not None and column + len(line) <= WIDTH else None

    def _block_text(self, head: str, value: Scalar, indent: int, trailing: str) -> Iterator[str]:
        """A text over several lines, with its lines moved to the new indentation."""
        header, *lines = value.raw.split("\n")
        sign = header.split("#")[0].strip()
        if any(character.isdigit() for character in sign):
            yield f"{head} {json.dumps(value.value, ensure_ascii=False)}{trailing}"
            return
        depth = min((len(line) - len(line.lstrip(" ")) for line in lines if line.strip()), default=0)
        keeps = sign.endswith("+")
        while lines and not lines[-1].strip() and not keeps:
            lines.pop()
        yield f"{head} {sign}{trailing}"
        yield from (
            (" " * (indent + 2) + line[depth:]) if line.strip() else "" for line in (lines[:-1] if keeps else lines)
        )


def _is_small(value: Collection, around: Collection) -> bool:
    """Is a collection written over lines small enough for one: plain values alone, or an item of a list with such parts?"""
    parts = [entry.value for entry in value.entries]
    if all(isinstance(part, Scalar) for part in parts):
        return True
    is_item = not around.is_map and value.is_map
    return is_item and all(
        isinstance(part, Scalar) or all(isinstance(one.value, Scalar) for one in part.entries) for part in parts
    )


def _flow(node: Node) -> str | None:
    """A node between brackets, or None where it cannot stand on one line."""
    if isinstance(node, Scalar):
        return None if node.style in {"|", ">"} else _scalar(node, flow=True)
    parts = []
    for entry in node.entries:
        value = _flow(entry.value)
        if value is None:
            return None
        key = f"{_key(entry.key)}:" if entry.key else ""
        parts.append(f"{key} {value}".strip() if key else value)
    inner = ", ".join(parts)
    return f"{{{inner}}}" if node.is_map else f"[{inner}]"


def _key(key: Scalar | None) -> str:
    return _scalar(key, flow=True) if key else ""


def _scalar(scalar: Scalar, *, flow: bool) -> str:
    """A value as written; over several lines, or with signs that flow style forbids, in double quotes."""
    spread = "\n" in scalar.raw
    forbidden = flow and scalar.plain and bool(_FLOW_SIGNS & set(scalar.raw))
    if spread or forbidden:
        return json.dumps(scalar.value, ensure_ascii=False)
    return scalar.raw
