"""Rich texts: whatever HTML comes in, the markup that is kept is of a few tags, says the same when it is read again,
and its words are those that a reader of the page would read."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.model.rich_texts import SEPARATOR, RichText
from engine.runtime.storage.rich_texts import kept_text, of_stored, rich_text

_LINK = r'a href="(?:https?://|mailto:|tel:)[^"<>\s]+" rel="noopener noreferrer" target="_blank"'
_TAG = re.compile(rf"</?(?:p|h3|h4|ul|ol|li|blockquote|strong|em)>|<br>|</a>|<{_LINK}>", re.IGNORECASE)
_PARTS = (
    "<p>", "</p>", "<b>", "</b>", "<i", ">", "<ul>", "<ol>", "<li>", "</li>", "</ul>", "<blockquote>", "</blockquote>", "<h1>",
    "<a href='https://a.cn/?x=1&y=2'>", '<a href="javascript:alert(1)">', "<a href=' jav&#x09;ascript:x'>", "</a>", "<br>",
    "<script>alert(1)</script>", "<svg onload=alert(1)>", "<img src=x onerror=alert(1)>", "<style>*{}</style>", "<!--", "-->",
    "<span style='font-weight:700'>", "</span>", "<div>", "</div>", "<table><tr><td>", "&lt;script&gt;", "&#x1f;", "&nbsp;",
    "\x00", "\x1f", "\ud800", "<math><mi>", "<p class=MsoListParagraph>·&nbsp;", "汉字", " ", "\n", "e&#769;", '"', "'", "</",
)  # fmt: skip
SOURCES = st.lists(st.sampled_from(_PARTS) | st.text(max_size=6), max_size=16).map("".join)


def safe(markup: str) -> bool:
    """Whether nothing but the kept tags stands in a markup, and no bare sign of one."""
    return not re.search("[<>]", _TAG.sub("", markup)) and not re.search(
        "[\x00-\x09\x0b-\x1f\x7f\ud800-\udfff]", markup
    )


def test_the_check_of_markup_sees_what_is_hostile() -> None:
    assert safe('<p>a<a href="https://a.cn" rel="noopener noreferrer" target="_blank">b</a></p>')
    for hostile in ("<p onclick=x>a</p>", '<a href="javascript:x">a</a>', "<script>", "a < b", "<img src=x>", "a\x1fb"):
        assert not safe(hostile)


@given(SOURCES)
@settings(max_examples=100, deadline=None)
def test_markup_is_of_a_few_tags_and_says_the_same_when_read_again(source: str) -> None:
    found = rich_text(source)
    if found is None:
        return
    assert safe(found.markup)
    assert rich_text(found.markup) == found
    assert of_stored(found.stored) == found and of_stored(kept_text(found)) == found
    assert SEPARATOR not in found and found == found.strip()


@given(st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=20))
@settings(max_examples=50, deadline=None)
def test_words_without_formatting_are_shown_as_they_are(words: str) -> None:
    words = unicodedata.normalize("NFC", words)
    shown = rich_text(RichText(words).markup)
    assert shown == RichText(words) and shown is not None and not shown.formatted


@pytest.mark.parametrize(
    ("source", "words", "markup"),
    [
        ("<h1>标题</h1><p>一 <b>二</b></p>", "标题\n一 二", "<h3>标题</h3><p>一 <strong>二</strong></p>"),
        (
            "<ol><li>甲<ul><li>乙</ul><li>丙</ol>",
            "1. 甲\n  - 乙\n2. 丙",
            "<ol><li>甲<ul><li>乙</li></ul></li><li>丙</li></ol>",
        ),
        ("<blockquote>说过</blockquote>答", "说过\n答", "<blockquote><p>说过</p></blockquote><p>答</p>"),
        (
            "<p class=MsoListParagraph style='mso-list:l0'><span>·<span>&nbsp; </span></span>项</p>",
            "- 项",
            "<ul><li>项</li></ul>",
        ),
        (
            '<section style="x"><span style="font-weight:bold">公众号</span>段</section>',
            "公众号段",
            "<p><strong>公众号</strong>段</p>",
        ),
        ("<p>a</p><p><br></p><p>b</p>", "a\n\nb", "<p>a</p><p><br></p><p>b</p>"),
        ("1 &lt; 2<script>x</script><style>y</style>", "1 < 2", "<p>1 &lt; 2</p>"),
        ("<b style='font-weight:normal'>x</b><a href='/r/x'>y</a>", "xy", "<p>xy</p>"),
    ],
)
def test_what_is_kept_of_what_people_paste(source: str, words: str, markup: str) -> None:
    found = rich_text(source)
    assert found is not None and (str(found), found.markup) == (words, markup)


def test_plain_words_sent_back_change_nothing_and_formatting_alone_is_a_change() -> None:
    bold = rich_text("<p><b>a</b></p>")
    assert bold == "a" and bold != RichText("a") and bold != "b" and RichText("a") == "a"
