"""Extensions: what packs with Python implement, and what the engine offers them. Built-ins use the same door."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, runtime_checkable

from engine.diagnostics import Message
from engine.model.context import Context
from engine.model.names import Label
from engine.model.requests import Change, Outcome, QueryRequest, RecordPage
from engine.model.sources import Source

ENTRY_POINT_GROUP = "dougong.extensions"
"""Installed distributions register objects of these Protocols under this entry point group."""

Effect = Literal["pure", "database", "outside"]


class Clock(Protocol):
    """The time: an aware UTC instant, and a monotonic number of seconds for deadlines."""

    def now(self) -> datetime: ...

    def monotonic(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Port:
    """An input or output of a node; `schema` is the JSON Schema of the values that pass."""

    name: str
    schema: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class NodeSpec:
    """Declaration of a node: a workflow step and a pipeline stage are both one.

    `effect` says what a run touches; an `outside` node is repeated with the same idempotency key until acknowledged.
    """

    name: str
    label: Label
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    settings_schema: Mapping[str, object]
    effect: Effect
    level: str = "G1"
    purposes: frozenset[str] = frozenset({"operation"})


@runtime_checkable
class Node(Protocol):
    """One kind of step. `run` is total: it returns outputs by port name or raises a DougongError."""

    spec: NodeSpec

    def run(
        self, context: Context, inputs: Mapping[str, object], settings: Mapping[str, object], idempotency_key: str
    ) -> Mapping[str, object]: ...


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A row as a connector read it: `position` names its place in the source for error messages."""

    position: str
    values: Mapping[str, object]


@runtime_checkable
class Connector(Protocol):
    """Reads the rows of one kind of source, page by page, through the egress gate only."""

    kind: str
    settings_schema: Mapping[str, object]

    def rows(self, source: Source, context: Context, egress: EgressClient) -> Iterator[SourceRow]: ...


@runtime_checkable
class Notifier(Protocol):
    """Brings a message to a person by one channel; repeated calls with the same key deliver once."""

    channel: str

    def send(self, recipient: str, subject: Message, body: Message, key: str, egress: EgressClient) -> None: ...


@runtime_checkable
class KeyProvider(Protocol):
    """Wraps and unwraps data keys under a key-encryption key that never leaves it."""

    name: str

    def wrap(self, plain: bytes, authenticated: bytes) -> bytes: ...

    def unwrap(self, wrapped: bytes, authenticated: bytes) -> bytes: ...


@runtime_checkable
class FieldType(Protocol):
    """A field type of a pack: its base storage kind and the check of a value."""

    name: str
    base: str

    def check(self, value: object) -> Message | None: ...


@runtime_checkable
class FormulaFunction(Protocol):
    """A pure function of a pack for engine-side formulas; `signature` is written like `(text, decimal) -> text`."""

    name: str
    alias: str
    signature: str

    def call(self, arguments: Sequence[object]) -> object: ...


@runtime_checkable
class Widget(Protocol):
    """A folder with a widget of a pack: widget.yaml, template.html, and optional parts."""

    name: str
    folder: str


class Records(Protocol):
    """Rows through the choke point, with the context's rights."""

    def query(self, context: Context, request: QueryRequest) -> RecordPage: ...

    def create(
        self, context: Context, entity: str, values: Mapping[str, object], key: str | None = None
    ) -> Outcome: ...

    def update(
        self, context: Context, entity: str, record: int, values: Mapping[str, object], version: int | None = None
    ) -> Outcome: ...


@dataclass(frozen=True, slots=True)
class EgressRequest:
    """Bytes that want to leave: to a declared destination, for a purpose, holding data up to a level."""

    destination: str
    method: str
    path: str
    purpose: str
    level: str = "G0"
    headers: Mapping[str, str] | None = None
    body: bytes = b""
    deadline_seconds: float = 10.0
    byte_limit: int = 10_000_000


@dataclass(frozen=True, slots=True)
class EgressResponse:
    """What came back, whole and under the byte limit."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class EgressClient(Protocol):
    """The only way out: decides, resolves once, pins, connects."""

    def send(self, context: Context, request: EgressRequest) -> EgressResponse: ...


class Vault(Protocol):
    """Seals and opens classified values; the simplest one passes values of levels that need no seal."""

    def seal(self, context: Context, entity: str, field: str, record: int, value: object) -> object: ...

    def open(self, context: Context, entity: str, field: str, record: int, stored: object) -> object: ...


class SubjectOperations(Protocol):
    """What a store offers for one data subject: find, export, erase its values."""

    def find(self, subject: int) -> Iterator[Mapping[str, object]]: ...

    def erase(self, subject: int) -> int: ...


class FeatureReader(Protocol):
    """Point-in-time features of rows: only what was known at `at`."""

    def features(
        self, context: Context, plan: str, rows: Sequence[int], at: datetime
    ) -> Sequence[Mapping[str, object]]: ...


class ModelRegistry(Protocol):
    """Model versions by name; `current` gives the bytes of the deployed ONNX graph and its card."""

    def current(self, name: str) -> tuple[bytes, Mapping[str, object]] | None: ...


class Worker(Protocol):
    """A warm, killable child: runs an importable function with limits on time and memory."""

    def call(self, function: Callable[..., object], *arguments: object, seconds: float, megabytes: int) -> object: ...


class Sink(Protocol):
    """One consumer of every write, in the write's own transaction."""

    name: str

    def accept(self, work: object, changes: Sequence[Change]) -> None: ...
