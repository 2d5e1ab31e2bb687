"""Reading of graphs that nobody vouches for: what an ONNX file says of itself, before anything runs it.

The file is read as protobuf by hand, so that no library follows what it points at: fields are (number, wire type), a
length-delimited one is bytes. Field numbers are those of the published `onnx.proto`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.diagnostics import DougongError, Message

LARGEST = 20_000_000
MOST_NODES = 2_000
OPSETS = {"": 18, "ai.onnx.ml": 5}
OPERATORS = {
    "": frozenset(
        [
            "Add",
            "Cast",
            "Concat",
            "Div",
            "Gather",
            "Identity",
            "IsNaN",
            "Less",
            "MatMul",
            "Max",
            "Min",
            "Mul",
            "Sigmoid",
            "Sub",
            "Where",
        ]
    ),
    "ai.onnx.ml": frozenset({"LabelEncoder", "TreeEnsemble"}),
}
"""What our own files are made of, and nothing else: no loops, no functions, nothing that makes much of little."""
Fields = Iterator[tuple[int, int | bytes]]


class GraphRefused(DougongError):
    """A model's file that is not run; `code` is the stable word of why."""

    status = 422

    def __init__(self, code: str, message: Message) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class GraphWords:
    """What a file says of itself: its nodes' operators, its inputs and outputs by name."""

    operators: frozenset[str]
    nodes: int
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    size: int


def read_graph(content: bytes) -> GraphWords:
    """What a file says of itself. Raises GraphRefused for whatever our own files never are."""
    if len(content) > LARGEST:
        megabytes = LARGEST // 1_000_000
        raise refused("too_large", f"文件超过 {megabytes} MB", f"The file is larger than {megabytes} MB")
    if not content:
        raise _unreadable()
    model = list(_fields(content))
    _check_opsets([_message(value) for number, value in model if number == 8])
    if any(number in (20, 25) for number, _ in model):
        raise refused("functions", "文件含有函数或训练图,不予采用", "The file holds functions or a training graph")
    graphs = [_message(value) for number, value in model if number == 7]
    if len(graphs) != 1:
        raise _unreadable()
    return _graph(graphs[0], len(content))


def _graph(content: bytes, size: int) -> GraphWords:
    operators: list[str] = []
    inputs: list[str] = []
    outputs: list[str] = []
    for number, value in _fields(content):
        if number == 1:
            operators.append(_operator(_message(value)))
        elif number == 5:
            _check_tensor(_message(value))
        elif number == 15:
            raise refused("sparse", "文件含有稀疏张量", "The file holds sparse tensors")
        elif number in (11, 12):
            (inputs if number == 11 else outputs).append(_text(_message(value), 1))
    if len(operators) > MOST_NODES:
        raise refused("too_many_nodes", f"节点多于 {MOST_NODES} 个", f"More than {MOST_NODES} nodes")
    return GraphWords(frozenset(operators), len(operators), tuple(inputs), tuple(outputs), size)


def _operator(content: bytes) -> str:
    """The operator of a node, which is an allowed one and holds no graph."""
    name, domain = _text(content, 4), _text(content, 7)
    if name not in OPERATORS.get(domain, ()):
        shown = f"{domain}:{name}" if domain else name
        raise refused("operator", f"算子 {shown[:60]} 不在允许之列", f"The operator {shown[:60]} is not allowed")
    for number, value in _fields(content):
        if number == 5:
            _check_attribute(_message(value))
    return name


def _check_attribute(content: bytes) -> None:
    for number, value in _fields(content):
        if number in (6, 11):
            raise refused("subgraph", "算子里嵌有子图", "An operator holds a graph of its own")
        if number in (22, 23):
            raise refused("sparse", "文件含有稀疏张量", "The file holds sparse tensors")
        if number in (5, 10):
            _check_tensor(_message(value))


def _check_tensor(content: bytes) -> None:
    """A tensor lies in the file itself."""
    for number, value in _fields(content):
        if number == 13 or (number == 14 and value != 0):
            raise refused(
                "external_data",
                "文件引用了外部数据:模型必须自成一体,不读取其他文件",
                "The file points at data outside of it: a model is whole in itself and reads no other file",
            )


def _check_opsets(opsets: list[bytes]) -> None:
    found = {_text(one, 1): _whole(one, 2) for one in opsets}
    wrong = {domain: number for domain, number in found.items() if OPSETS.get(domain) != number}
    if wrong or not found:
        shown = ", ".join(f"{domain or 'ai.onnx'} {number}" for domain, number in sorted(wrong.items()))[:80]
        raise refused(
            "opset",
            f"算子集版本 {shown or '未注明'} 不受支持,需要 ai.onnx 18 与 ai.onnx.ml 5",
            f"The operator set {shown or '(none named)'} is not supported: ai.onnx 18 and ai.onnx.ml 5 are",
        )


def _text(content: bytes, wanted: int) -> str:
    for number, value in _fields(content):
        if number == wanted:
            try:
                return _message(value).decode("utf-8")
            except UnicodeDecodeError:
                raise _unreadable() from None
    return ""


def _whole(content: bytes, wanted: int) -> int:
    return next((value for number, value in _fields(content) if number == wanted and isinstance(value, int)), 0)


def _message(value: int | bytes) -> bytes:
    if isinstance(value, int):
        raise _unreadable()
    return value


def _fields(content: bytes) -> Fields:
    """The fields of a message in their order. Raises GraphRefused where it is none."""
    at = 0
    while at < len(content):
        key, at = _varint(content, at)
        kind = key & 7
        if kind == 0:
            value, at = _varint(content, at)
            yield key >> 3, value
            continue
        if kind == 2:
            length, at = _varint(content, at)
        elif kind in (1, 5):
            length = 8 if kind == 1 else 4
        else:
            raise _unreadable()
        if at + length > len(content):
            raise _unreadable()
        yield key >> 3, content[at : at + length]
        at += length


def _varint(content: bytes, at: int) -> tuple[int, int]:
    value, shift = 0, 0
    while at < len(content) and shift < 70:
        byte = content[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if not byte & 0x80:
            return value, at
    raise _unreadable()


def refused(code: str, zh: str, en: str) -> GraphRefused:
    return GraphRefused(f"graph_{code}", Message(f"{zh}。", f"{en}."))


def _unreadable() -> GraphRefused:
    return refused(
        "unreadable", "这不是一个可读的 ONNX 文件,请重新导出", "This is no ONNX file that can be read: export it again"
    )
