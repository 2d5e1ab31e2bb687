"""Graphs: what runs a model's file, found by entry point, and the check that a file passes before anybody runs it."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import entry_points
from typing import Any, Protocol

import numpy
from numpy.typing import NDArray

from engine.diagnostics import DougongError, Message
from engine.runtime.modeling.graph_reading import GraphWords, read_graph, refused

GROUP = "dougong.graph_runtimes"
"""Entry points of what runs graphs, each a class that is made of the file's bytes."""
Floats = NDArray[numpy.float64]
Texts = NDArray[Any]
Cells = NDArray[numpy.float64]
SECONDS, MEGABYTES = 20.0, 1_500
"""What the check of a file may take."""


class NoRuntime(DougongError):
    """Nothing is installed that runs models."""

    code = "no_graph_runtime"
    status = 503

    def __init__(self) -> None:
        super().__init__(
            Message("未安装 onnxruntime,无法运行模型", "onnxruntime is not installed: no model can be run")
        )


class Graph(Protocol):
    """A model's file, loaded: `run` answers lines of texts (lines, categories) and numbers (lines, numbers)."""

    inputs: Sequence[tuple[str, str]]
    outputs: Sequence[tuple[str, str]]

    def run(self, texts: Texts, numbers: Floats) -> Cells: ...


def open_graph(content: bytes) -> Graph:
    """A file that was checked, loaded by what is installed. Raises NoRuntime."""
    for entry in entry_points(group=GROUP):
        try:
            runtime = entry.load()
        except ImportError:
            continue
        graph: Graph = runtime(content)
        return graph
    raise NoRuntime


def check_file(content: bytes) -> GraphWords:
    """Read a file, load it, and run one line through it: for a worker's child, whose limits it may use up.

    Raises GraphRefused.
    """
    words = read_graph(content)
    try:
        graph = open_graph(content)
    except DougongError:
        raise
    except Exception:
        raise refused("broken", "文件无法加载:结构不完整", "The file cannot be loaded: it is not whole") from None
    kinds = {"categories": "tensor(string)", "numbers": "tensor(double)"}
    if not graph.inputs or any(kinds.get(name) != kind for name, kind in graph.inputs):
        raise refused(
            "inputs",
            "输入应为 categories(文字)与 numbers(64 位浮点数)",
            "The inputs are categories (texts) and numbers (64-bit floats)",
        )
    if sorted(graph.outputs) != [("raw", "tensor(double)"), ("value", "tensor(double)")]:
        raise refused("outputs", "输出应为 raw 与 value(64 位浮点数)", "The outputs are raw and value (64-bit floats)")
    return words
