"""A graph that onnxruntime runs. Loaded by its entry point at first use alone: the library takes memory and time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy
import onnxruntime

from engine.runtime.modeling.graphs import Cells, Floats, Texts


class OnnxGraph:
    """Satisfies engine.runtime.modeling.graphs.Graph, on one thread."""

    def __init__(self, content: bytes) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 4
        self._session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        self.inputs: Sequence[tuple[str, str]] = [(one.name, one.type) for one in self._session.get_inputs()]
        self.outputs: Sequence[tuple[str, str]] = [(one.name, one.type) for one in self._session.get_outputs()]
        self._names = frozenset(name for name, _ in self.inputs)

    def run(self, texts: Texts, numbers: Floats) -> Cells:
        """(lines, 2): raw and value."""
        given: dict[str, object] = {}
        if "categories" in self._names:
            given["categories"] = texts
        if "numbers" in self._names:
            given["numbers"] = numbers
        raw, value = self._session.run(("raw", "value"), given)
        found: Cells = numpy.concatenate((raw, value), axis=1)
        return found
