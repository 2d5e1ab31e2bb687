"""What lacks one of the languages of the product: in a Python source, a template, a script, and on a page that was made.

The product writes what people read as pairs, Chinese first: `Message("…", "…")`, `t("…", "…")`, `"…" if zh else "…"`,
`{"zh": "…", "en": "…"}`. Whatever has Chinese characters and no English beside it is said to half of its readers.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from html import unescape

from jinja2 import Environment, nodes

HAN = re.compile(r"[㐀-鿿]")
CHINESE = re.compile(r"[㐀-鿿、，。；：！？「」（）【】]")
"""Chinese with its punctuation, of which an English page has none."""
WORD = re.compile(r"[A-Za-z]{2,}")
SENTENCE = re.compile(r"[A-Za-z]+(?:[ ,]+[A-Za-z]+){2,}")
"""Three words in a row are more than a name."""
SAYS_BOTH = re.compile(r"[㐀-鿿]\)? ?/ ?[a-z]|zh: .+en: ")
OWN_NAMES = {"中文", "English"}
"""What the languages call themselves, in whatever language a page is."""
NAMES = OWN_NAMES | {"PDF", "MASE", "WAPE", "Theta", "SM3", "Ctrl K"}
"""What is called so in every language."""
SAID_BY_ATTRIBUTES = re.compile(r'\b(?:aria-label|title|placeholder|alt|data-words)="([^"]+)"')

_WORDLESS = (ast.Name, ast.Import, ast.ImportFrom, ast.expr_context, ast.operator, ast.cmpop, ast.boolop, ast.unaryop)
"""Most of a source: in them no text stands."""


def in_python(tree: ast.AST) -> list[str]:
    """Texts with Chinese that have no English beside them, and messages that say English twice; each with its line."""
    return [f"{line}: {text}" for line, text in _alone(tree)]


def _alone(node: ast.AST) -> list[tuple[int, str]]:
    if isinstance(node, _WORDLESS):
        return []
    if isinstance(node, ast.Constant):
        return [(node.lineno, node.value)] if isinstance(node.value, str) and HAN.search(node.value) else []
    found = [one for inner in ast.iter_child_nodes(node) for one in _left(node, inner, _alone(inner))]
    if isinstance(node, ast.JoinedStr) and SAYS_BOTH.search(_words(node)):
        return []
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Message" and node.args:
        zh = _words(node.args[0])
        found += [(node.lineno, zh)] if SENTENCE.search(zh) and not HAN.search(zh) else []
    return found


def _left(outer: ast.AST, inner: ast.AST, found: list[tuple[int, str]]) -> list[tuple[int, str]]:
    return [one for one in found if not SAYS_BOTH.search(one[1])] if found and not _is_half(inner, outer) else []


def _is_half(node: ast.AST, outer: ast.AST) -> bool:
    """Whether `node`, with Chinese in it, is the Chinese half of `outer`, or no text that anybody is told."""
    match outer:
        case ast.Expr():
            return isinstance(node, ast.Constant)
        case ast.If(test=asked):
            return node is not asked and bool(re.search(r"zh|language", ast.unparse(asked)))
        case ast.Assign(targets=[ast.Name(id="zh")]):
            return True
        case ast.Call(func=ast.Attribute(value=ast.Name(id="zh"))):
            return True
        case ast.IfExp(body=one, orelse=other) if node is not outer.test:
            beside = [other if node is one else one]
        case ast.Tuple(elts=parts) | ast.Call(args=parts) if node in parts:
            beside = parts[parts.index(node) + 1 :][:1]
            beside += [one.value for one in getattr(outer, "keywords", ()) if one.arg == "en"]
        case ast.Dict(keys=keys, values=values):
            named = {one.value: other for one, other in zip(keys, values, strict=True) if isinstance(one, ast.Constant)}
            beside = [named["en"]] if {"zh", "en"} <= named.keys() else []
        case _:
            return False
    return any(not HAN.search(_words(one)) for one in beside)


def _words(node: ast.AST) -> str:
    return "".join(one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str))


def in_template(environment: Environment, source: str) -> list[str]:
    """Texts of expressions in one language alone, and words that stand in the markup whatever the language is."""
    said = [f"{line}: {text}" for line, text in _untranslated(environment.parse(source))]
    markup = re.sub(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}|<code>.*?</code>", "", source, flags=re.S)
    named = re.findall(r'\b(?:aria-label|title|alt)="([^"]+)"', markup)
    plain = [text.strip(" ·\n") for text in [*re.split(r"<[^>]*>", markup), *named]]
    return said + [text for text in plain if text not in NAMES and _is_said(text)]


def _untranslated(node: nodes.Node) -> Iterator[tuple[int, str]]:
    inner = list(node.iter_child_nodes())
    match node:
        case nodes.Const(value=str() as text) if HAN.search(text) and text not in OWN_NAMES:
            yield node.lineno, text
        case nodes.Call(node=nodes.Name(name="t"), args=[zh, en, *_]):
            inner = [en]
            first, second = _said(zh), _said(en)
            if bool(first) != bool(second) or (SENTENCE.search(first) and not HAN.search(first)):
                yield node.lineno, first or second
        case nodes.CondExpr(test=asked, expr2=nodes.Node() as other) if "language" in repr(asked):
            inner = [other]
    for one in inner:
        yield from _untranslated(one)


def _said(node: nodes.Node) -> str:
    """What stands written in an expression; a mark for what it takes from elsewhere."""
    parts = [node] if isinstance(node, nodes.Const) else [*node.find_all((nodes.Const, nodes.Name))]
    return "".join(str(one.value) if isinstance(one, nodes.Const) else "#" for one in parts).strip()


def _is_said(text: str) -> bool:
    """Words for people: attributes that a macro writes, and classes, are none."""
    return bool(HAN.search(text)) or (bool(WORD.search(text)) and not re.fullmatch(r"[a-z/. -]+|.*=\".*", text))


def in_script(source: str) -> list[str]:
    """Texts with Chinese that are not followed by another text: `words("…", "…")`, `zh ? "…" : "…"`."""
    text = r"([\"`])((?:(?!\1)[^\\\n]|\\.)*)\1"
    english = r"(\s*[,:]\s*[\"`][^㐀-鿿\"`]+[\"`])?"
    plain = re.sub(r"\$\{words\([^)]*\)\}", "", source)
    return [one[2] for one in re.finditer(text + english, plain) if HAN.search(one[2]) and one[3] is None]


def in_another_language(html: str, language: str, data: re.Pattern[str]) -> list[str]:
    """What a page says in the other language, in its texts and in the attributes that are read out or shown, besides
    `data`: names and texts that people gave.
    """
    shown = re.sub(r"<(script|style|code)\b.*?</\1>", "", html, flags=re.S)
    texts = [*re.findall(r">([^<>]+)<", shown), *SAID_BY_ATTRIBUTES.findall(shown)]
    foreign = SENTENCE if language == "zh" else CHINESE
    found = (unescape(text).strip() for text in texts if foreign.search(text))
    return [text for text in found if text not in OWN_NAMES and foreign.search(data.sub("", text))]
