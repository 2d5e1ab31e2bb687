"""The YAML parser's complaints in plain words."""

from __future__ import annotations

from engine.diagnostics import Message

_WORDS: tuple[tuple[str, Message], ...] = (
    (
        "mapping values are not allowed",
        Message(
            "这里多了一个冒号；含「: 」的文字要加引号",
            "there is a second colon here; put quotes around text that holds ': '",
        ),
    ),
    (
        "did not find expected key",
        Message(
            "缩进与上文不一致，或上面的括号、引号没有合上",
            "the indentation does not fit, or a bracket or quote above is open",
        ),
    ),
    (
        "did not find expected '-' indicator",
        Message("列表项要以「- 」开头并左对齐", "items of a list start with '- ' in one column"),
    ),
    (
        "did not find expected ',' or",
        Message("括号里缺逗号，或括号没有合上", "a comma is missing between brackets, or the bracket is not closed"),
    ),
    ("could not find expected ':'", Message("这一行缺冒号", "this line has no colon after its key")),
    ("found unexpected end of stream", Message("文件结束了，引号还没有合上", "the file ends inside a quoted text")),
    (
        "found character that cannot start any token",
        Message("这里的字符不能作为值的开头；请加引号", "a value cannot start with this character; put it in quotes"),
    ),
    (
        "found undefined alias",
        Message(
            "这里用了 * 引用；以 * 开头的文字要加引号", "this is an alias; put quotes around text that starts with *"
        ),
    ),
    (
        "found unknown escape character",
        Message(
            "双引号里有无效的反斜杠；请写两个反斜杠",
            "an unknown backslash escape in double quotes; write the backslash twice",
        ),
    ),
    (
        "block sequence entries are not allowed",
        Message(
            "列表不能从这里开始；请另起一行并缩进", "a list cannot start here; put it on a line of its own, indented"
        ),
    ),
    ("did not find the expected", Message("YAML 写法有误", "the YAML is not well formed")),
    ("control characters are not allowed", Message("含有控制字符", "there is a control character")),
)


def plain_words(problem: str) -> Message:
    """`problem` of the parser, in words for an author; an unknown one is passed on."""
    for part, words in _WORDS:
        if part in problem:
            return words
    return Message(f"YAML 写法有误({problem})", f"the YAML is not well formed ({problem})")
