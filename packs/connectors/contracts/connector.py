"""Contracts in a folder or in a bucket as sources: a row a contract, or a row a clause that was read from one.

The bucket is asked as the public documents of S3 say (`ListObjectsV2`, `GetObject`, Signature Version 4). Tried against the
simulator alone; no live store was reached.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from engine.diagnostics import DougongError, Message
from engine.extensions import Checkpoint, ConnectorSpec, SourceFault, SourceObject, SourceReach, SourceRow
from engine.model.context import Context
from engine.model.names import Label
from engine.model.sources import Source
from packs.connectors.columns import column
from packs.connectors.contracts.clauses import SURE, Clause
from packs.connectors.contracts.reading import MEGABYTES, SECONDS, Reading, read_contract
from packs.connectors.contracts.stores import MOST_FILES, BucketStore, FolderStore, Store, Stored
from packs.connectors.settings import named, secret

SINCE, EDGE = "since", "edge"
UNREADABLE = "unreadable"
"""The kind of the row that stands for a file that could not be read; its sentence says why."""
KINDS: Mapping[str, str] = {
    "price": "合同总价",
    "prepayment": "预付款",
    "payment_days": "账期",
    "retention": "质保金",
    "delivery": "交付",
    "acceptance": "验收",
    "warranty": "质保",
    "penalty": "违约金",
    "penalty_cap": "违约金上限",
    "jurisdiction": "争议解决",
    "term": "合同期限",
    "confidentiality": "保密",
    UNREADABLE: "无法读取",
}
"""What people call the kinds, in the language of the contracts."""
_FILE = (
    column("file", "文件", "File"),
    column("etag", "文件版本", "Version of the file"),
    column("modified", "修改时间", "Changed at", "instant"),
    column("contract", "合同编号", "Contract number"),
)
_VALUES = (
    column("amount", "金额", "Amount", "number", "G2"),
    column("rate", "比例", "Rate", "number", "G2"),
    column("days", "天数", "Days", "number"),
    column("months", "月数", "Months", "number"),
    column("first", "起始日期", "First day", "date"),
    column("last", "截止日期", "Last day", "date"),
    column("words", "机构", "Court or commission"),
    column("working", "按工作日", "Working days", "boolean"),
)
OBJECTS = (
    SourceObject(
        "clause",
        Label({"zh": "条款", "en": "Clause"}),
        (
            column("id", "条款标识", "Identifier"),
            *_FILE,
            column("kind", "类型", "Kind"),
            column("number", "序号", "Number", "number"),
            column("summary", "要点", "Summary", "text", "G2"),
            column("sentence", "原文", "Sentence", "text", "G2"),
            column("place", "位置", "Place"),
            *_VALUES,
            column("confidence", "把握", "Confidence", "number"),
            column("reading", "读取结果", "Reading"),
        ),
        ("id",),
        "modified",
    ),
    SourceObject(
        "contract",
        Label({"zh": "合同", "en": "Contract"}),
        (
            *_FILE,
            column("title", "标题", "Title"),
            column("buyer", "买方", "Buyer", "text", "G2"),
            column("seller", "卖方", "Seller", "text", "G2"),
            column("signed", "签订日期", "Signed on", "date"),
            column("price", "合同总价", "Price", "number", "G2"),
            column("prepayment", "预付比例", "Prepayment", "number", "G2"),
            column("payment_days", "账期", "Payment days", "number"),
            column("retention", "质保金比例", "Retention", "number", "G2"),
            column("delivery", "交付天数", "Days of delivery", "number"),
            column("warranty", "质保月数", "Months of warranty", "number"),
            column("penalty", "违约金比例", "Penalty", "number", "G2"),
            column("jurisdiction", "争议解决", "Jurisdiction"),
            column("starts", "生效日期", "Starts on", "date"),
            column("ends", "到期日期", "Ends on", "date"),
            column("clauses", "条款数", "Clauses", "number"),
            column("unsure", "待确认条款", "Unsure clauses", "number"),
            column("problem", "无法读取的原因", "Why it is unreadable"),
        ),
        ("file",),
        "modified",
    ),
)
_OBJECT = {"enum": [one.name for one in OBJECTS]}


@dataclass(frozen=True, slots=True)
class ContractsConnector:
    """Rows of contracts in the order in which their files changed; what a file says is read in a child with limits."""

    spec: ConnectorSpec
    store: Callable[[Source, SourceReach], Store]

    def rows(self, source: Source, context: Context, reach: SourceReach) -> Iterator[SourceRow | Checkpoint]:
        told = ROWS[str(source.settings["object"])]
        for one, state in _changed(self.store(source, reach), reach.cursor):
            found = _read(self.store(source, reach), one, reach)
            place = Message(f"文件 {one.key}", f"file {one.key}")
            for row in told(one, found):
                values = {name: row.get(wanted) for name, wanted in source.fields.items()}
                yield SourceRow(place, values, state.version)
            yield Checkpoint({SINCE: one.modified, EDGE: state.edge})


@dataclass(frozen=True, slots=True)
class _State:
    """The version of a file's rows, and what is known of the files of the newest instant: the version tag and the count."""

    version: str
    edge: Mapping[str, list[object]]


def _changed(store: Store, cursor: Mapping[str, object] | None) -> Iterator[tuple[Stored, _State]]:
    """The files that changed since, in their order. Two states of one instant are told apart by their version tag."""
    since = str((cursor or {}).get(SINCE, ""))
    known = (cursor or {}).get(EDGE)
    edge: dict[str, list[object]] = dict(known) if isinstance(known, dict) else {}
    found = []
    for one in store.files():
        if one.modified >= since:
            found.append(one)
        if len(found) > MOST_FILES:
            raise SourceFault("too_many_files", f"超过 {MOST_FILES} 个文件", f"There are over {MOST_FILES} files")
    for one in sorted(found, key=lambda stored: (stored.modified, stored.key)):
        if one.modified > since:
            since, edge = one.modified, {}
        tag, count = edge.get(one.key, ["", 0])
        if tag == one.etag:
            continue
        edge = {**edge, one.key: [one.etag, int(str(count)) + 1]}
        yield one, _State(f"{one.modified}/{int(str(count)) + 1:04}", edge)


def _read(store: Store, one: Stored, reach: SourceReach) -> Reading | Message:
    """What a file says, or why it cannot be read; a fault of the store ends the run."""
    try:
        content = store.content(one)
        found = reach.worker.call(read_contract, one.key, content, seconds=SECONDS, megabytes=MEGABYTES)
    except SourceFault:
        raise
    except DougongError as error:
        if error.status != 422:
            raise
        return error.message
    assert isinstance(found, Reading)
    return found


def _clause_rows(one: Stored, found: Reading | Message) -> Iterator[dict[str, object]]:
    told = _told(one, found)
    if isinstance(found, Message):
        words = {"kind": UNREADABLE, "number": 1, "sentence": found.zh, "reading": "unsure", "confidence": "0"}
        yield {**told, **words, "id": f"{one.key}#{UNREADABLE}", "summary": f"{KINDS[UNREADABLE]}：{found.zh}"[:120]}
        return
    count: dict[str, int] = {}
    for clause in found.clauses:
        count[clause.kind] = count.get(clause.kind, 0) + 1
        yield {
            **told,
            "id": f"{one.key}#{clause.kind}#{count[clause.kind]}",
            "kind": clause.kind,
            "number": count[clause.kind],
            "summary": f"{KINDS[clause.kind]} {said(clause)}"[:120],
            "sentence": clause.sentence,
            "place": clause.piece.zh,
            **{name: getattr(clause, name) for name in ("amount", "rate", "days", "months", "first", "last")},
            "words": clause.words or None,
            "working": clause.working,
            "confidence": f"{clause.confidence:.2f}",
            "reading": "sure" if clause.confidence >= SURE else "unsure",
        }


def said(clause: Clause) -> str:
    """The value of a clause in words of the contracts' language."""
    if clause.amount is not None:
        return f"{clause.amount:,} 元"
    if clause.rate is not None:
        return f"{_short(clause.rate * 100)}%"
    if clause.days is not None:
        return f"{clause.days} 个工作日" if clause.working else f"{clause.days} 天"
    if clause.months is not None:
        return f"{clause.months} 个月"
    days = [one.isoformat() for one in (clause.first, clause.last) if one is not None]
    return " 至 ".join(days) or clause.words


def _short(number: Decimal) -> str:
    return f"{number.normalize():f}"


def _contract_rows(one: Stored, found: Reading | Message) -> Iterator[dict[str, object]]:
    told = _told(one, found)
    if isinstance(found, Message):
        yield {**told, "problem": found.zh}
        return
    first: dict[str, Clause] = {clause.kind: clause for clause in reversed(found.clauses)}
    term = first.get("term")
    yield {
        **told,
        "title": found.title,
        "buyer": found.buyer or None,
        "seller": found.seller or None,
        "signed": found.signed,
        **{kind: getattr(clause, name) for kind, name in _MAIN.items() if (clause := first.get(kind)) is not None},
        "starts": term.first if term else None,
        "ends": term.last if term else None,
        "clauses": len(found.clauses),
        "unsure": sum(clause.confidence < SURE for clause in found.clauses),
    }


_MAIN: Mapping[str, str] = {
    "price": "amount",
    "prepayment": "rate",
    "payment_days": "days",
    "retention": "rate",
    "delivery": "days",
    "warranty": "months",
    "penalty": "rate",
    "jurisdiction": "words",
}
"""Kinds that are a column of a contract, and which of their values it holds."""


def _told(one: Stored, found: Reading | Message) -> dict[str, object]:
    number = found.number if isinstance(found, Reading) else ""
    return {"file": one.key, "etag": one.etag, "modified": one.modified, "contract": number or None}


ROWS: Mapping[str, Callable[[Stored, Reading | Message], Iterator[dict[str, object]]]] = {
    "clause": _clause_rows,
    "contract": _contract_rows,
}
FOLDER_SPEC = ConnectorSpec(
    "contract_folder",
    Label({"zh": "合同文件夹", "en": "Folder of contracts"}),
    "contracts",
    {
        "type": "object",
        "additionalProperties": False,
        "required": ["object", "folder"],
        "properties": {"object": _OBJECT, "folder": named("inbox 中的文件夹", "Folder of the inbox", 255)},
    },
    remote=False,
    objects=OBJECTS,
    icon="file",
)
BUCKET_SPEC = ConnectorSpec(
    "contract_bucket",
    Label({"zh": "合同对象存储", "en": "Bucket of contracts"}),
    "contracts",
    {
        "type": "object",
        "additionalProperties": False,
        "required": ["object", "bucket", "access_key", "secret_key"],
        "properties": {
            "object": _OBJECT,
            "bucket": {**named("存储桶", "Bucket"), "pattern": "^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$"},
            "prefix": named("前缀", "Prefix", 512),
            "region": {**named("区域", "Region"), "default": "us-east-1"},
            "access_key": named("访问密钥 ID", "Access key"),
            "secret_key": secret("访问密钥", "Secret key"),
        },
    },
    objects=OBJECTS,
    icon="file",
    follows=Label(
        {
            "zh": "Amazon S3 公开文档：ListObjectsV2、GetObject、签名版本 4(路径样式)",
            "en": "Amazon S3's public documents: ListObjectsV2, GetObject, Signature Version 4 (path style)",
        }
    ),
)
FOLDER = ContractsConnector(FOLDER_SPEC, lambda source, reach: FolderStore(reach, str(source.settings["folder"])))
BUCKET = ContractsConnector(BUCKET_SPEC, lambda source, reach: BucketStore(reach, source.settings))
