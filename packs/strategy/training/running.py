"""Running a file: a graph's answers to rows as a server will ask for them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy
import onnxruntime

from engine.model.feature_tables import FeatureTable
from packs.strategy.training.matrix import Encoding, Floats, floats


def session_of(content: bytes) -> onnxruntime.InferenceSession:
    """One thread, as in the server."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def answers(session: onnxruntime.InferenceSession, texts: Sequence[Sequence[str]], numbers: Sequence[Floats]) -> Floats:
    """(lines, 2): raw and value, of columns of texts and of numbers."""
    inputs: dict[str, object] = {}
    if texts:
        inputs["categories"] = numpy.array(texts, dtype=object).T.copy()
    if numbers:
        inputs["numbers"] = numpy.column_stack(list(numbers))
    raw, value = session.run(["raw", "value"], inputs)
    return numpy.column_stack([raw[:, 0], value[:, 0]])


def columns_of(encoding: Encoding, table: FeatureTable) -> tuple[list[list[str]], list[Floats]]:
    """The columns of a table as a graph takes them."""
    places = {column.name: at for at, column in enumerate(table.columns)}
    texts = [
        [cell if isinstance(cell, str) else "" for cell in table.values[places[one.column.name]]]
        for one in encoding.categories
    ]
    return texts, [floats(table.values[places[one.name]]) for one in encoding.numbers]
