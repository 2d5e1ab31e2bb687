"""Another value in the place of one: quotes and layout are kept as far as the new value allows."""

from __future__ import annotations

from designer.splice.inserting import is_empty_value
from designer.splice.lines import region_of, remark_below
from designer.splice.value_text import QUOTES, entry_lines, flow_text, is_collection, key_text, scalar_text
from designer.splice.written import Collection, Entry, Scalar, Written
from engine.dsl.source import Path


def replaced(written: Written, path: Path, value: object) -> str:
    """The text with another value at a path that exists. Raises NotWritable."""
    around, entry = written.collection(path[:-1]), written.entry(path)
    node = entry.value
    if around.flow:
        return _on_the_spot(written, path, node, value)
    if isinstance(node, Scalar) and node.style not in {"|", ">"} and not is_collection(value) and not _spreads(value):
        return _on_the_spot(written, path, node, value)
    return _with_lines(written, around, entry, value)


def _spreads(value: object) -> bool:
    return isinstance(value, str) and "\n" in value


def _on_the_spot(written: Written, path: Path, node: Scalar | Collection, value: object) -> str:
    """The characters of the value are replaced and nothing else."""
    if is_collection(value):
        text = flow_text(value)
    else:
        text = scalar_text(value, flow=written.collection(path[:-1]).flow, quote=_quote(node, value))
    space = " " if is_empty_value(written, path) and written.entry(path).key is not None else ""
    if is_empty_value(written, path) and written.entry(path).key is None:
        space = " "
    return written.changed(node.start, written.content_end(node), space + text)


def _quote(node: Scalar | Collection, value: object) -> str:
    """The quote that the value before stood in, for another text."""
    kept = isinstance(node, Scalar) and isinstance(value, str) and node.style in QUOTES
    return node.style or "" if kept and isinstance(node, Scalar) else ""


def _with_lines(written: Written, around: Collection, entry: Entry, value: object) -> str:
    """The value written anew behind its colon or dash; a remark on the line of the key stays there."""
    node = entry.value
    head = f"{key_text(entry.key.value)}:" if entry.key else "-"
    place, end = written.value_place(entry), written.entry_end(entry)
    if isinstance(value, str) and remark_below(written, end, entry.column):
        lines = [f"{head} {scalar_text(value, flow=False)}"]  # lines of a text would swallow the remark
    else:
        lines = list(entry_lines(head, value, entry.column, compact=True, item=entry.key is None))
    lines[0] = lines[0][len(head) :]
    remark = _remark_of_head(written, place, node)
    rest = written.text[end : written.line_end(end)]
    if len(lines) > 1 and rest.strip():
        remark, end = f"{remark} {rest.strip()}".rstrip(), end + len(rest.rstrip())
        remark = remark if remark.startswith(" ") else f" {remark}"
    lines[0] += f" {remark}" if remark else ""
    text = written.eol.join(lines)
    below, tail = written.line_end(end), region_of(written, around, entry).tail
    if len(lines) > 1 and tail > below:
        remarks = (line.strip() for line in written.text[below:tail].splitlines())
        pad = " " * (entry.column + 2)
        text += written.text[end:below] + "".join((pad + line if line else "") + written.eol for line in remarks)
        end = tail
    if len(lines) > 1 and end == len(written.text) and not written.break_before(end):
        text += written.eol
    return written.changed(place, end, text)


def _remark_of_head(written: Written, place: int, node: Scalar | Collection) -> str:
    """The remark behind a key whose value stands below it, or behind the sign of a text over several lines."""
    first_line_end = written.line_end(place)
    if isinstance(node, Scalar) and node.style in {"|", ">"}:
        sign, hash_sign, words = written.text[place:first_line_end].partition(" #")
        return f" #{words.strip()}" if hash_sign and sign.strip()[:1] in {"|", ">"} else ""
    if node.start < first_line_end:
        return ""
    _, hash_sign, words = written.text[place:first_line_end].partition("#")
    return f" #{words.rstrip()}" if hash_sign else ""
