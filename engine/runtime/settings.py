"""Settings: every one by environment (`DOUGONG_…`), file or flag; listed by `dougong doctor`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

from engine.diagnostics import DougongError, Message


class BadSetting(DougongError):
    """A setting has a value that cannot be used; the message names the setting and what it takes."""

    code = "bad_setting"


@dataclass(frozen=True, slots=True)
class Settings:
    """The installation's settings with their defaults; `metadata['help']` documents each for people."""

    name: str = field(
        default="dougong",
        metadata={"help": "Name of the installation: in authenticator apps, typed to agree to a wipe"},
    )
    database: str = field(default="", metadata={"help": "Database URL; empty: a SQLite file in the data folder"})
    data: Path = field(default=Path("data"), metadata={"help": "Folder for the database, attachments, keys"})
    host: str = field(default="127.0.0.1", metadata={"help": "Address to listen on"})
    port: int = field(default=8000, metadata={"help": "Port to listen on"})
    packs: str = field(default="", metadata={"help": "Folders of packs, separated by ':'; empty: the shipped packs"})
    zone: str = field(default="Asia/Shanghai", metadata={"help": "Time zone of business dates"})
    language: str = field(default="zh-CN", metadata={"help": "Language for people who have not chosen one"})
    origin: str = field(default="", metadata={"help": "External origin behind a proxy, for the cross-site check"})
    now: str = field(default="", metadata={"help": "Fixed start of the clock (ISO instant), for demonstrations"})
    seed: int = field(default=20260302, metadata={"help": "Seed of the demo generators"})
    demo: bool = field(default=False, metadata={"help": "Demo mode: demo accounts and data exist"})
    development: bool = field(default=False, metadata={"help": "Watch the packs and apply migrations by itself"})
    threads: int = field(default=8, metadata={"help": "Threads that run units of work"})
    body_limit: int = field(default=20_000_000, metadata={"help": "Largest accepted request body in bytes"})
    ballast: int = field(
        default=64_000_000, metadata={"help": "Bytes of the disk kept for erasing when it is full (SQLite); 0: none"}
    )
    request_patience: int = field(
        default=60, metadata={"help": "Seconds in which the head and the body of a request must have come"}
    )
    require_second_factor: str = field(
        default="", metadata={"help": "Roles whose holders must sign in with a second factor, separated by ','"}
    )
    authorities: str = field(
        default="", metadata={"help": "File with further certificate authorities for connections to destinations"}
    )
    metrics_token: str = field(
        default="", metadata={"help": "Token with which /metrics may be read; empty: administrators only"}
    )
    rate_limit: int = field(default=6000, metadata={"help": "Requests a minute allowed to one address"})

    @property
    def second_factor_roles(self) -> frozenset[str]:
        """The roles whose holders must sign in with a second factor."""
        return frozenset(part for one in self.require_second_factor.split(",") if (part := one.strip()))

    @property
    def database_url(self) -> str:
        return self.database or f"sqlite:///{self.data / 'dougong.sqlite3'}"


PREFIX = "DOUGONG_"


def settings_from(environment: Mapping[str, str], **flags: object) -> Settings:
    """Settings from the environment, overridden by flags that are not None."""
    chosen: dict[str, object] = {}
    for one in fields(Settings):
        text = environment.get(PREFIX + one.name.upper())
        if text is not None:
            chosen[one.name] = _parse(one.name, str(one.type), text)
        if flags.get(one.name) is not None:
            chosen[one.name] = flags[one.name]
    return Settings(**chosen)  # type: ignore[arg-type]


def _parse(name: str, kind: str, text: str) -> object:
    if kind == "Path":
        return Path(text)
    if kind == "int":
        if not text.lstrip("-").isdigit():
            raise BadSetting(
                Message(f"{PREFIX}{name.upper()} 应为整数", f"{PREFIX}{name.upper()} takes a whole number")
            )
        return int(text)
    if kind == "bool":
        return text.strip().lower() in {"1", "true", "on", "yes"}
    return text
