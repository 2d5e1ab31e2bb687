"""Settings: every one by flag, environment (`DOUGONG_…`) or file, some on a page; listed by `dougong doctor` and /admin/settings."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from enum import StrEnum
from functools import lru_cache
from ipaddress import ip_network
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from rapidfuzz.process import extractOne

from engine.diagnostics import DougongError, Message

PREFIX = "DOUGONG_"
FILE_NAME = "settings.toml"
"""The file in the data folder that settings are read from; `DOUGONG_SETTINGS` names another one."""
SHOWN, SECRET, ADDRESS = "shown", "secret", "address"
TRUE, FALSE = frozenset({"1", "true", "on", "yes"}), frozenset({"0", "false", "off", "no", ""})


class BadSetting(DougongError):
    """A setting has a value that cannot be used; the message names the setting and what it takes."""

    code = "bad_setting"
    status = 422


class Origin(StrEnum):
    """Where the value of a setting comes from; the later ones go before the earlier."""

    DEFAULT = "default"
    PAGE = "page"
    FILE = "file"
    ENVIRONMENT = "environment"
    FLAG = "flag"


def _setting(default: object, zh: str, en: str, kind: str = SHOWN, **limits: object) -> Any:
    """A setting: what it means in both languages; `runtime` when a page may change it, `least` and `most` for numbers.

    A SECRET is never shown, of an ADDRESS not the password in it.
    """
    return field(default=default, metadata={"help": en, "zh": zh, "kind": kind, **limits})


def plain_origin(text: str, name: str) -> str:
    """A scheme and a host, without a path. Raises BadSetting."""
    parts = urlsplit(text.rstrip("/"))
    if text and (parts.scheme not in {"http", "https"} or not parts.hostname or parts.path or parts.query):
        raise BadSetting(
            Message(
                f"{name} 应写成 https://crm.example.com，不带路径",
                f"{name} takes https://crm.example.com, without a path",
            )
        )
    return text.rstrip("/")


def proxy_networks(text: str, name: str) -> str:
    """Addresses and networks. Raises BadSetting."""
    try:
        for one in text.split(","):
            if one.strip():
                ip_network(one.strip(), strict=False)
    except ValueError:
        raise BadSetting(
            Message(f"{name} 应为地址或网段，用 ',' 分隔", f"{name} takes addresses or networks, separated by ','")
        ) from None
    return text


@dataclass(frozen=True, slots=True)
class Settings:
    """The installation's settings with their defaults; the metadata of each documents it for people."""

    name: str = _setting(
        "dougong",
        "安装的名称：显示在验证器应用中，清除演示数据时须输入",
        "Name of the installation: in authenticator apps, typed to agree to a wipe",
        runtime=True,
    )
    database: str = _setting(
        "",
        "数据库地址；留空为数据文件夹中的 SQLite 文件",
        "Database URL; empty: a SQLite file in the data folder",
        ADDRESS,
    )
    keys: str = _setting(
        "",
        "密钥数据库地址，不能与数据相同；留空为数据文件夹中的 keys.db(一台机器)",
        "Database URL of the keys, apart from the data; empty: keys.db in the data folder (one machine)",
        ADDRESS,
    )
    root_passphrase: str = _setting(
        "",
        "根密钥的口令；留空时根密钥在数据文件夹的 root.key 中",
        "Passphrase of the root key; empty: the root key is root.key in the data folder",
        SECRET,
    )
    data: Path = _setting(Path("data"), "数据库、附件和密钥所在的文件夹", "Folder for the database, attachments, keys")
    host: str = _setting("127.0.0.1", "监听的地址", "Address to listen on")
    port: int = _setting(8000, "监听的端口", "Port to listen on", least=0, most=65535)
    packs: str = _setting(
        "",
        "应用包文件夹，用 ':' 分隔；留空为自带的应用包",
        "Folders of packs, separated by ':'; empty: the shipped packs",
    )
    shipped: str = _setting(
        "",
        "随产品而来的应用包所在的文件夹：改动时复制出来，有新版时合并；留空为产品自带的",
        "Folder of the packs that come with the product, copied when they are changed and merged when they are newer; empty: its own",
    )
    zone: str = _setting("Asia/Shanghai", "业务日期所在的时区", "Time zone of business dates")
    language: str = _setting(
        "zh-CN",
        "尚未选择语言的人看到的语言:zh-CN 或 en",
        "Language for people who have not chosen one: zh-CN or en",
        runtime=True,
        choices=("zh-CN", "en"),
    )
    figures: str = _setting(
        "language",
        "上涨用哪种颜色:red_rises 红涨绿跌、green_rises 绿涨红跌，language 随语言（中文红涨）；每个人可在自己的菜单中另选",
        "Colour of what rises: red_rises, green_rises, or by language (red in Chinese); everybody may choose otherwise",
        runtime=True,
        choices=("language", "red_rises", "green_rises"),
    )
    external_url: str = _setting(
        "",
        "人们访问的地址，例如 https://crm.example.com:用于跨站检查、安全 Cookie 和分发的链接",
        "Address that people use, such as https://crm.example.com: for the cross-site check, secure cookies, links",
        check=plain_origin,
    )
    trusted_proxies: str = _setting(
        "127.0.0.1,::1",
        "可信的代理地址或网段，用 ',' 分隔：由它们说明请求来自哪里",
        "Addresses or networks of proxies, separated by ',', that may say who asked",
        check=proxy_networks,
    )
    now: str = _setting(
        "", "时钟的固定起点(ISO 时刻)，用于演示", "Fixed start of the clock (ISO instant), for demonstrations"
    )
    seed: int = _setting(20260302, "演示数据生成器的种子", "Seed of the demo generators")
    demo: bool = _setting(False, "演示模式：有演示账号和数据", "Demo mode: demo accounts and data exist")
    demo_size: str = _setting(
        "full",
        "第一次 start 生成多大的演示数据:full 完整规模(三家店约 14 万笔销售)、small 约十分之一",
        "How large a demonstration the first start makes: full (three stores, about 140,000 sales), small (a tenth)",
        choices=("full", "small"),
    )
    development: bool = _setting(False, "监视应用包，自动应用迁移", "Watch the packs and apply migrations by itself")
    facts: str = _setting(
        "",
        "指标的列式副本：duckdb(扩展 facts)或 clickhouse(扩展 clickhouse),空为不用；没有安装、尚未建好或落后时由数据库回答",
        "Columnar copy for metrics: duckdb (extra facts) or clickhouse (extra clickhouse), empty: none; the database answers where it is not installed, not made yet or behind",
        choices=("", "duckdb", "clickhouse"),
    )
    fact_entities: str = _setting(
        "",
        "列式副本包含哪些实体的指标，用 ',' 分隔；空为所有有指标的实体",
        "Entities whose metrics the copy answers, separated by ','; empty: all that metrics measure",
    )
    fact_lag: int = _setting(
        0,
        "副本一时追不上时，多少秒之内的数字仍可使用；0 表示从不使用旧数字，改由数据库回答",
        "Seconds that figures of a copy which cannot catch up at once may be old; 0: never, the database answers",
        least=0,
        most=3_600,
    )
    fact_memory: int = _setting(
        1_000, "列式副本最多使用的内存(MB)", "Memory that the columnar copy may take (MB)", least=100, most=1_000_000
    )
    train_memory: int = _setting(
        4000,
        "训练模型时最多占用的内存，单位 MB",
        "Most memory that training a model takes, in MB",
        least=500,
        most=1_000_000,
    )
    threads: int = _setting(8, "执行工作单元的线程数", "Threads that run units of work", least=1, most=256)
    body_limit: int = _setting(
        20_000_000,
        "接受的请求体最大字节数",
        "Largest accepted request body in bytes",
        runtime=True,
        least=100_000,
        most=2_000_000_000,
    )
    ballast: int = _setting(
        64_000_000,
        "为磁盘写满时腾出的空间，字节(SQLite);0 为不预留",
        "Bytes of the disk kept for erasing when it is full (SQLite); 0: none",
        least=0,
        most=100_000_000_000,
    )
    request_patience: int = _setting(
        60,
        "请求的头和正文须在多少秒内到齐",
        "Seconds in which the head and the body of a request must have come",
        least=1,
        most=3600,
    )
    live_heartbeat: int = _setting(
        15,
        "打开的页面每隔多少秒得到一次连接仍在的信号；前面的代理若更早断开空闲连接，请调小",
        "Seconds between two signs of life to an open page; less where a proxy in front cuts idle connections sooner",
        least=1,
        most=300,
    )
    require_second_factor: str = _setting(
        "",
        "哪些角色必须启用两步验证，用 ',' 分隔",
        "Roles whose holders must sign in with a second factor, separated by ','",
        runtime=True,
    )
    audit_anchors: str = _setting(
        "",
        "审计链的签名链头另存到哪个文件夹：另一台主机或一次写入介质的挂载点；留空为不锚定",
        "Folder that signed heads of the audit log are kept in besides: a mount of another host or of a write-once medium; empty: none",
    )
    authorities: str = _setting(
        "",
        "连接外部目的地时额外信任的证书颁发机构文件",
        "File with further certificate authorities for connections to destinations",
    )
    metrics_token: str = _setting(
        "",
        "读取 /metrics 的令牌；留空只有管理员可读",
        "Token with which /metrics may be read; empty: administrators only",
        SECRET,
    )
    rate_limit: int = _setting(
        6000,
        "一个地址每分钟允许的请求数",
        "Requests a minute allowed to one address",
        runtime=True,
        least=60,
        most=10_000_000,
    )
    publish_by_two: bool = _setting(
        False,
        "发布须由没有修改过这份草稿的人来做",
        "A draft is published by somebody who has not changed it",
        runtime=True,
    )
    erase_ledger: str = _setting(
        "",
        "清除台账的文件，须在数据文件夹之外（最好在另一块盘上）；留空为数据文件夹旁的 <名称>.erasures.jsonl。没有它就不清除、不恢复",
        "File of the ledger of erasures, outside the data folder, best on another disk; empty: <name>.erasures.jsonl beside the data folder. Without it nothing is erased or restored",
    )
    retention_history: int = _setting(
        0,
        "记录的旧版本保留多少天;0 为一直保留",
        "Days that former versions of records are kept; 0: for good",
        runtime=True,
        least=0,
        most=36500,
    )
    retention_retired: int = _setting(
        0,
        "停用的字段和表的数据(也包括保留数据的已卸载应用包)保留多少天;0 为一直保留。删除后不能再撤销那次迁移",
        "Days that data of retired fields, tables and packs is kept; 0: for good. After that no revert of its migration",
        runtime=True,
        least=0,
        most=36500,
    )
    retention_events: int = _setting(
        365,
        "事件保留多少天;0 为一直保留",
        "Days that events are kept; 0: for good",
        runtime=True,
        least=0,
        most=36500,
    )
    retention_runs: int = _setting(
        180,
        "数据源运行、外联、已发消息和导入的记录保留多少天;0 为一直保留",
        "Days that runs of sources, connections outward, messages sent and imports are kept; 0: for good",
        runtime=True,
        least=0,
        most=36500,
    )
    retention_keys: int = _setting(
        90,
        "幂等键保留多少天",
        "Days that idempotency keys are kept",
        runtime=True,
        least=1,
        most=3650,
    )
    retention_former_keys: int = _setting(
        90,
        "数据密钥的旧版本保留多少天：不短于最旧的数据备份",
        "Days that former versions of data keys are kept: as long as the oldest backup of the data",
        runtime=True,
        least=7,
        most=36500,
    )
    retention_drafts: int = _setting(
        30,
        "没有保存的表单草稿、上传后没有导入的表格保留多少天",
        "Days that drafts of forms and sheets that nobody brought in are kept",
        runtime=True,
        least=1,
        most=3650,
    )
    retention_sessions: int = _setting(
        30,
        "已结束的会话、令牌和链接保留多少天",
        "Days that sessions, tokens and links are kept after their end",
        runtime=True,
        least=0,
        most=3650,
    )
    sources: Mapping[str, Origin] = field(
        default_factory=lambda: MappingProxyType({}), compare=False, metadata={"hidden": True}
    )
    """Where each value comes from; what is not named is the default."""

    @property
    def second_factor_roles(self) -> frozenset[str]:
        """The roles whose holders must sign in with a second factor."""
        return _listed(self.require_second_factor)

    @property
    def by_https(self) -> bool:
        """Whether people reach the installation by HTTPS."""
        return self.external_url.startswith("https://")

    @property
    def measured_in_facts(self) -> frozenset[str]:
        """The entities whose metrics the copy of facts answers; empty for all that metrics measure."""
        return _listed(self.fact_entities)

    @property
    def database_url(self) -> str:
        return self.database or f"sqlite:///{self.data / 'dougong.sqlite3'}"

    def origin_of(self, name: str) -> Origin:
        return self.sources.get(name, Origin.DEFAULT)


@lru_cache(maxsize=64)
def _listed(text: str) -> frozenset[str]:
    """The names in a text, separated by commas."""
    return frozenset(part for one in text.split(",") if (part := one.strip()))


def setting_fields() -> tuple[Field[Any], ...]:
    """The settings in their order."""
    return tuple(one for one in fields(Settings) if not one.metadata.get("hidden"))


def shown(one: Field[Any], value: object) -> str:
    """A value for people: never a secret, of an address not its password."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    kind = one.metadata["kind"]
    if kind == SECRET:
        return "••••••" if text else "—"
    if kind == ADDRESS and "@" in text and "://" in text:
        scheme, rest = text.split("://", 1)
        return f"{scheme}://…@{rest.rsplit('@', 1)[1]}"
    return text or "—"


def settings_from(environment: Mapping[str, str], **flags: object) -> Settings:
    """Settings from file, environment and flags that are not None, the later before the earlier. Raises BadSetting."""
    chosen: dict[str, Any] = {}
    sources: dict[str, Origin] = {}
    data = flags.get("data") or environment.get(f"{PREFIX}DATA") or Settings().data
    written = _read_file(environment.get(f"{PREFIX}SETTINGS", ""), Path(str(data)))
    for one in setting_fields():
        given = environment.get(PREFIX + one.name.upper())
        for origin, value in ((Origin.FILE, written.get(one.name)), (Origin.ENVIRONMENT, given)):
            if value is not None:
                chosen[one.name], sources[one.name] = parsed(one, value, named(one, origin)), origin
        if flags.get(one.name) is not None:
            chosen[one.name], sources[one.name] = flags[one.name], Origin.FLAG
    return Settings(**chosen, sources=sources)


def named(one: Field[Any], origin: Origin) -> str:
    """What a setting is called where its value was written."""
    return one.name if origin in {Origin.FILE, Origin.PAGE} else PREFIX + one.name.upper()


def parsed(one: Field[Any], text: str, name: str) -> object:
    """The value that a text gives a setting; `name` is what it is called there. Raises BadSetting."""
    kind = str(one.type)
    if kind == "Path":
        return Path(text)
    if kind == "int":
        return _number(one, text, name)
    if kind == "bool":
        if text.strip().lower() not in TRUE | FALSE:
            raise BadSetting(Message(f"{name} 应为 true 或 false", f"{name} takes true or false"))
        return text.strip().lower() in TRUE
    check = one.metadata.get("check")
    if check is not None:
        return check(text, name)
    choices = one.metadata.get("choices", ())
    if choices and text not in choices:
        listed = ", ".join(choices)
        raise BadSetting(Message(f"{name} 应为其中之一：{listed}", f"{name} takes one of {listed}"))
    return text


def _number(one: Field[Any], text: str, name: str) -> int:
    least, most = one.metadata.get("least"), one.metadata.get("most")
    digits = text.strip().removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 19):
        raise BadSetting(Message(f"{name} 应为整数", f"{name} takes a whole number"))
    number = int(text)
    if (least is not None and number < least) or (most is not None and number > most):
        raise BadSetting(Message(f"{name} 应在 {least} 到 {most} 之间", f"{name} takes {least} to {most}"))
    return number


def _read_file(named_file: str, data: Path) -> Mapping[str, str]:
    """The settings of the file, as text. A file that was named must be there. Raises BadSetting."""
    path = Path(named_file) if named_file else data / FILE_NAME
    if not named_file and not path.exists():
        return {}
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSetting(Message(f"{path} 不是有效的 TOML:{error}", f"{path} is not valid TOML: {error}")) from error
    known = {one.name for one in setting_fields()} - {"data"}
    for name, value in content.items():
        if name not in known or not isinstance(value, str | int):
            raise _unknown(path, name, known)
    return {name: str(value) for name, value in content.items()}


def _unknown(path: Path, name: str, known: set[str]) -> BadSetting:
    near = extractOne(name, sorted(known), score_cutoff=70)
    zh, en = (f"；是不是 {near[0]}?", f"; did you mean {near[0]}?") if near else ("", "")
    return BadSetting(
        Message(
            f"{path}:{name} 不是可以写在文件里的设置，或它的值不是文字、整数、真假{zh}",
            f"{path}: {name} is no setting for a file, or its value is no text, whole number or boolean{en}",
        )
    )
