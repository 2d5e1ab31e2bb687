"""Extensions: what packs with Python implement, and what the engine offers them. Built-ins use the same door."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol, get_args, runtime_checkable

from engine.diagnostics import DougongError, Message
from engine.model.channels import Channel
from engine.model.context import Context
from engine.model.egress import Admission as Admission
from engine.model.egress import EgressRequest as EgressRequest
from engine.model.egress import EgressResponse as EgressResponse
from engine.model.egress import MailRequest as MailRequest
from engine.model.feature_tables import FeatureTable
from engine.model.names import NO_LABEL, Label, empty_map
from engine.model.outgoing import OutgoingMessage
from engine.model.payloads import UNTOLD, Payload
from engine.model.requests import Change, Outcome, QueryRequest, RecordPage
from engine.model.sources import Destination, Source
from engine.model.trained import TrainedModel, TrainingOrder, TrainingStage

ENTRY_POINT_GROUP = "dougong.extensions"
"""Installed distributions register objects of these Protocols under this entry point group."""

Effect = Literal["pure", "database", "outside"]
PortType = Literal["rows", "features", "dataset", "model", "card", "deployment", "any"]
PORT_TYPES: tuple[PortType, ...] = get_args(PortType)
"""What may pass between two nodes. An edge joins an output to an input of the same type; `any` takes and gives all."""

NodeGroup = Literal["sources", "shaping", "learning", "serving", "other"]
NODE_GROUPS: tuple[NodeGroup, ...] = get_args(NodeGroup)
"""Where the palette shows a node."""


class Clock(Protocol):
    """The time: an aware UTC instant, and a monotonic number of seconds for deadlines."""

    def now(self) -> datetime: ...

    def monotonic(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Port:
    """An input or output of a node: what passes by `type`, and, where a node is run by itself, `schema` of those values.

    Of inputs: `many` takes any number of edges, and one that is not `required` may stay without.
    """

    name: str
    type: PortType = "any"
    label: Label = NO_LABEL
    many: bool = False
    required: bool = True
    schema: Mapping[str, object] = field(default_factory=empty_map)


@dataclass(frozen=True, slots=True)
class NodeSpec:
    """Declaration of a node: a workflow step and a pipeline stage are both one.

    `effect` says what a run touches; an `outside` node is repeated with the same idempotency key until acknowledged.
    `settings_schema` is a JSON Schema 2020-12 of a map; in it `x-formula: true` marks formulas about the rows that come
    in (`x-formula: kind`: the kind judges them itself), `x-ref` names; `x-titles` and `x-help` are the words beside it and `x-words` those of
    its options, in both languages.
    `stage`: part of the plan that a pipeline is compiled into; no step of a flow.
    An edge that names no port enters the first input and leaves by the first output. `icon` is one of the designer's.
    """

    name: str
    label: Label
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    settings_schema: Mapping[str, object]
    effect: Effect
    level: str = "G1"
    purposes: frozenset[str] = frozenset({"operation"})
    description: Label = NO_LABEL
    group: NodeGroup = "other"
    icon: str = "box"
    stage: bool = False

    def input(self, name: str) -> Port | None:
        """The input of a name; of no name the first."""
        return _port(self.inputs, name)

    def output(self, name: str) -> Port | None:
        """The output of a name; of no name the first."""
        return _port(self.outputs, name)


def _port(ports: Sequence[Port], name: str) -> Port | None:
    return next((one for one in ports if not name or one.name == name), None)


def fits(given: Port, wanted: Port) -> bool:
    """Whether what an output gives may enter an input."""
    return given.type == wanted.type or "any" in {given.type, wanted.type}


@runtime_checkable
class Node(Protocol):
    """One kind of step. `run` is total: it returns outputs by port name or raises a DougongError."""

    spec: NodeSpec

    def run(
        self, context: Context, inputs: Mapping[str, object], settings: Mapping[str, object], idempotency_key: str
    ) -> Mapping[str, object]: ...


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A row as a connector read it: `position` names its place in the source for error messages.

    `values` are plain: text, number, boolean, date, instant or None, by field of the entity. `version` orders the states
    of one row as text that sorts (an ISO instant, a number with leading zeros); empty where the source tells none. A state
    that is not newer than the one that was taken changes nothing.
    """

    position: Message
    values: Mapping[str, object]
    version: str = ""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """All rows up to here were given. The next run, also after one that broke off, is given `cursor` (JSON) to go on from."""

    cursor: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that was given for one run."""

    name: str
    content: bytes


class SourceFault(DougongError):
    """A source cannot be read: what ends its run. `reason` is the stable word that the run records; no value of a row is told."""

    code = "source_fault"
    status = 422

    def __init__(self, reason: str, zh: str, en: str) -> None:
        super().__init__(Message(zh, en), reason=reason)
        self.reason = reason


class PatientCalls(Protocol):
    """The calls of one run to its source's destination, through the egress gate; limits are waited out."""

    def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> EgressResponse:
        """One exchange that reads and succeeded; it may be repeated. Raises SourceFault, EgressRefused, EgressFailed."""
        ...

    def wait(self, seconds: float | None, attempt: int) -> None:
        """Wait before another try, as long as asked or longer each time. Raises SourceFault when that is too long."""
        ...

    def attempts(self) -> Iterator[int]:
        """Numbers of tries; raises SourceFault after the last."""
        ...


@dataclass(frozen=True, slots=True)
class SourceReach:
    """What a connector may reach: its source's destination, by `calls` or, for a driver that connects by itself, by the
    egress gate; the inbox folder, secrets by name, the time.

    `secret` raises a DougongError for a name without a value; `worker` reads what nobody vouches for; `file` was given for this run and goes before a declared path; `cursor` is that of the last
    checkpoint, None where all is to be read.
    """

    calls: PatientCalls
    egress: EgressClient
    destination: Destination | None
    inbox: Path
    secret: Callable[[str], str]
    clock: Clock
    worker: Worker
    file: SourceFile | None = None
    cursor: Mapping[str, object] | None = None


SourceKind = Literal[
    "erp", "mes", "plm", "scrm", "crm", "contracts", "service", "wms", "pos", "finance", "shop", "survey", "general"
]
"""The twelve kinds of data that a sales company has, and what is of none of them."""
ColumnKind = Literal["text", "number", "date", "instant", "boolean"]


@dataclass(frozen=True, slots=True)
class SourceColumn:
    """A column that an object of a source has: its name there, what people call it, what its cells are, and the level of
    what they tell, below which no field should be that takes them."""

    name: str
    label: Label
    kind: ColumnKind = "text"
    level: str = "G1"


@dataclass(frozen=True, slots=True)
class SourceObject:
    """What a connector can read: materials, customers, orders. `key` columns identify a row; `version` orders its states.

    `settings` choose it; None: the setting `object` with its name.
    """

    name: str
    label: Label
    columns: tuple[SourceColumn, ...]
    key: tuple[str, ...]
    version: str = ""
    settings: Mapping[str, object] | None = None

    def chosen_by(self) -> Mapping[str, object]:
        """The settings that choose it."""
        return {"object": self.name} if self.settings is None else self.settings


SECRET_NAME = "^[a-z][a-z0-9_]{0,47}$"
"""The pattern of a setting that names a secret: its value is asked for apart, kept sealed, and never stands in a text."""


@dataclass(frozen=True, slots=True)
class ConnectorSpec:
    """Declaration of a connector. `settings_schema` is the JSON Schema of its settings; in it `x-titles` are the words beside
    a setting in both languages, and a setting with the pattern SECRET_NAME names a secret. `objects` are what it can read,
    empty where the source tells by itself (Describing); `follows` names the documents of the vendor that its requests and
    field maps follow. `icon` is one of the designer's; `brings` says in a few words what comes (else: the objects' names).
    """

    kind: str
    label: Label
    of: SourceKind
    settings_schema: Mapping[str, object]
    remote: bool = True
    objects: tuple[SourceObject, ...] = ()
    follows: Label = NO_LABEL
    icon: str = "database"
    brings: Label = NO_LABEL


@runtime_checkable
class Connector(Protocol):
    """Reads the rows of one kind of source, page by page, out of what `reach` offers and nothing else.

    A fault that ends the run is raised; a value that is not plain is the problem of its row alone. One that can tell what
    has changed since gives checkpoints between its rows.
    """

    spec: ConnectorSpec

    def rows(self, source: Source, context: Context, reach: SourceReach) -> Iterator[SourceRow | Checkpoint]: ...


@runtime_checkable
class Describing(Protocol):
    """A connector that asks the other side what it offers; one that cannot offers the objects of its spec.

    `source` has settings without a chosen object, and no fields. Raises what `rows` raises.
    """

    def describe(self, source: Source, context: Context, reach: SourceReach) -> Iterable[SourceObject]: ...


@dataclass(frozen=True, slots=True)
class SimulatorSpec:
    """The other side of a connector as a server: `make` gives its ASGI application, with data made from a seed; `entry` says
    how one is let in. `dougong simulate <kind>` serves it.
    """

    kind: str
    label: Label
    make: Callable[[int], Callable[..., Awaitable[None]]]
    entry: Label


@dataclass(frozen=True, slots=True)
class NotifierReach:
    """What a notifier may reach: the egress gate, for a context; secrets by name, which raise NotDelivered when missing.

    A request of the notifier hands `about` on to the gate.
    """

    egress: EgressClient
    context: Context
    secret: Callable[[str], str]
    about: Payload = UNTOLD


@runtime_checkable
class Notifier(Protocol):
    """Brings messages to people by one kind of channel, at least once under the message's key. `group`: many read one.

    `send` raises NotDelivered for what the other side said; what the gate raises passes through it.
    `address` is the address as it is kept, None for what cannot be one.
    """

    type: str
    group: bool

    def address(self, text: str) -> str | None: ...

    def send(self, channel: Channel, message: OutgoingMessage, reach: NotifierReach) -> None: ...


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


class EgressRefused(DougongError):
    """The gate's decision is no; `reason` is its stable word. Nothing was sent."""

    code = "egress_refused"
    status = 403

    def __init__(self, destination: str, reason: str, message: Message) -> None:
        super().__init__(message, destination=destination, reason=reason)
        self.reason = reason


class EgressFailed(DougongError):
    """The decision was yes and the other side or the way to it failed; `reason` is the stable word."""

    code = "egress_failed"
    status = 502

    def __init__(self, destination: str, reason: str, message: Message) -> None:
        super().__init__(message, destination=destination, reason=reason)
        self.reason = reason


class NotDelivered(DougongError):
    """The other side, or the channel's own settings, did not take a message; `reason` is a stable word.

    `again` says after how many seconds to try again: None after the usual ones; `final`: never. `busy` counts as no try.
    """

    code = "not_delivered"
    status = 502

    def __init__(
        self, reason: str, message: Message, again: float | None = None, final: bool = False, busy: bool = False
    ) -> None:
        super().__init__(message, reason=reason)
        self.reason = reason
        self.again = again
        self.final = final
        self.busy = busy


class MailRefused(DougongError):
    """The mail server said no; `reply` is its code. From 500 on asking again does not help."""

    code = "mail_refused"
    status = 502

    def __init__(self, destination: str, reply: int) -> None:
        words = Message(f"邮件服务器 {destination} 拒收({reply})", f"The mail server {destination} refused ({reply})")
        super().__init__(words, destination=destination, reply=reply)
        self.reply = reply


class EgressClient(Protocol):
    """The only way out: decides, resolves once, pins, connects, and records every attempt.

    All raise EgressRefused or EgressFailed, and are never called inside a unit of work: they write the record themselves.
    """

    def send(self, context: Context, request: EgressRequest) -> EgressResponse:
        """One exchange over HTTP, whole."""
        ...

    def admit(self, context: Context, request: EgressRequest) -> Admission:
        """The decision and the checked address, for a driver that connects by itself."""
        ...

    def mail(self, context: Context, request: MailRequest) -> None:
        """One letter over SMTP, taken by the other side when it returns. Raises MailRefused besides."""
        ...


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


@runtime_checkable
class SentenceEncoder(Protocol):
    """Turns sentences into vectors, near each other for what means the same; without a network, the same ones every time.

    Registered under `dougong.sentence_encoders`, loaded by worker processes alone.
    """

    name: str

    def encode(self, sentences: Sequence[str]) -> Sequence[Sequence[float]]:
        """One line of numbers a sentence, all of one length."""
        ...


@runtime_checkable
class Trainer(Protocol):
    """Learns a model from a table, on this machine alone: the same order gives the same bytes.

    Registered under `dougong.trainers`, loaded by worker processes alone.
    """

    name: str

    def train(self, order: TrainingOrder, tell: Callable[[TrainingStage, float], None]) -> TrainedModel:
        """The model; `tell` hears the stage and the share (0 to 1) that is done. Raises DougongError for a table that
        nothing can be learnt from: which column or rows, and what to do."""
        ...


@runtime_checkable
class EffectEstimator(Protocol):
    """Estimates what one more step of a column does to an outcome, and checks how far that may be believed.

    Registered under `dougong.effect_estimators`, loaded by worker processes alone: the same order gives the same answer.
    """

    name: str

    def estimate(self, order: TrainingOrder, tell: Callable[[TrainingStage, float], None]) -> Mapping[str, object]:
        """The card of the effect asked for, without any number that must not be said. Raises DougongError."""
        ...


@runtime_checkable
class Judge(Protocol):
    """Measures of models against what happened, and of new rows against those a model learnt from.

    Registered under `dougong.judges`, loaded by worker processes alone.
    """

    name: str

    def compare(
        self, outcomes: Sequence[float], champion: Sequence[float], challenger: Sequence[float]
    ) -> Mapping[str, object]:
        """How much smaller the challenger's squared error is on the same rows, with a paired bootstrap interval."""
        ...

    def watch(self, card: Mapping[str, object], table: FeatureTable, answers: Sequence[float]) -> Mapping[str, object]:
        """How far each column of new rows has moved from those of a card and, where outcomes are known, how true the
        answers were."""
        ...


class Worker(Protocol):
    """A warm, killable child: runs an importable function with limits on time and memory."""

    def call(self, function: Callable[..., object], *arguments: object, seconds: float, megabytes: int) -> object: ...


class Sink(Protocol):
    """One consumer of every write, in the write's own transaction."""

    name: str

    def accept(self, work: object, changes: Sequence[Change]) -> None: ...
