"""The five edits of a definition's text. Each is read again and compared with what it must come to, else refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from designer.plain import same, value_at, with_item, with_key, with_value, without
from designer.splice.inserting import New, Source, inserted
from designer.splice.moving import source_of
from designer.splice.removing import removed
from designer.splice.replacing import replaced
from designer.splice.value_text import NotWritable
from designer.splice.written import MARK, CannotEdit, Written
from engine.diagnostics import Message
from engine.dsl.source import Path


def replace_value(file: str, text: str, path: Path, value: object) -> str:
    """The text with `value`, written anew, in the place of what stands at a path. Raises CannotEdit."""
    body, mark = _unmarked(text)
    written = Written.read(file, body)
    expected = with_value(written.data, path, value)
    return mark + _checked(written, expected, lambda: replaced(written, path, value), loses=True)


def remove(file: str, text: str, path: Path) -> str:
    """The text without the pair or item at a path that exists. Raises CannotEdit."""
    body, mark = _unmarked(text)
    written = Written.read(file, body)
    return mark + _checked(written, without(written.data, path), lambda: removed(written, path), loses=True)


def insert_item(file: str, text: str, path: Path, index: int, new: New) -> str:
    """The text with another item in the list at a path, before the one at `index`. Raises CannotEdit."""
    body, mark = _unmarked(text)
    written = Written.read(file, body)
    expected = with_item(written.data, path, index, new.value)
    return mark + _inserted(written, expected, path, index, new)


def insert_key(file: str, text: str, path: Path, index: int, new: New) -> str:
    """The text with another pair in the map at a path, as its `index`-th. Raises CannotEdit."""
    body, mark = _unmarked(text)
    written = Written.read(file, body)
    assert new.key is not None
    expected = with_key(written.data, path, index, new.key, new.value)
    return mark + _inserted(written, expected, path, index, new)


def _inserted(written: Written, expected: object, path: Path, index: int, new: New) -> str:
    """As it stood elsewhere where that fits, else written anew; remarks are never left behind for it."""
    try:
        return _checked(written, expected, lambda: inserted(written, path, index, new))
    except CannotEdit:
        if new.source is None or new.source.remarked:
            raise
        return _checked(written, expected, lambda: inserted(written, path, index, New(new.value, new.key)))


def move(file: str, text: str, path: Path, to: Path, index: int) -> str:
    """The text with an entry moved to be the `index`-th of the collection at `to`, both as they are after it was taken out.

    Its remarks go with it. Raises CannotEdit.
    """
    body, _ = _unmarked(text)
    written = Written.read(file, body)
    new = taken(written, path)
    rest = remove(file, text, path)
    put = insert_item if new.key is None else insert_key
    result = put(file, rest, to, index, new)
    _keep_remarks(written.comments, Written.read(file, _unmarked(result)[0]).comments)
    return result


def taken(written: Written, path: Path) -> New:
    """The entry at a path as it can be put in elsewhere."""
    key = path[-1] if isinstance(path[-1], str) else None
    return New(value_at(written.data, path), key, source_of(written, path))


def source_at(file: str, text: str, path: Path) -> Source:
    """How the entry at a path stands in its text, with its remarks."""
    return source_of(Written.read(file, _unmarked(text)[0]), path)


def _unmarked(text: str) -> tuple[str, str]:
    """The text without its byte order mark, and the mark."""
    return (text[1:], MARK) if text.startswith(MARK) else (text, "")


def _checked(written: Written, expected: object, edit: Callable[[], str], *, loses: bool = False) -> str:
    """The edited text, once it was read again and says what it must, and has lost no remark that it need not lose."""
    try:
        result = edit()
    except NotWritable as error:
        raise CannotEdit(
            Message(f"值 {error.args[0]} 不能写进定义", f"The value {error.args[0]} cannot stand in a definition"),
            hint=Message("过长的小数写成文本，带引号", "Write a number of many digits as text, in quotes"),
        ) from None
    except (IndexError, AssertionError, StopIteration, ValueError) as error:
        raise _refused() from error
    read = Written.read(written.file, result)
    if not same(read.data, expected):
        raise _refused()
    if not loses:
        _keep_remarks(written.comments, read.comments)
    return result


def _keep_remarks(before: tuple[str, ...], after: tuple[str, ...]) -> None:
    if Counter(before) - Counter(after):
        raise _refused()


def _refused() -> CannotEdit:
    return CannotEdit(
        Message(
            "这里的写法太特别，不能自动修改", "What stands here is laid out in a way that cannot be edited for you"
        ),
        hint=Message("请在文本视图中修改", "Change it in the text view"),
    )
