"""`dougong keys`: what keys there are, new ones in their place, and copies of them. Works while the installation serves."""

from __future__ import annotations

import argparse
import getpass
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from cryptography.hazmat.backends.openssl import backend

from engine.cli.console import Console
from engine.diagnostics import DougongError, Message
from engine.extensions import Clock
from engine.runtime.clock import clock_from
from engine.runtime.settings import Settings
from engine.runtime.sovereignty.key_copies import (
    CopyRefused,
    copy_keys,
    remove_ended_copies,
    restore_keys,
    standing_copies,
)
from engine.runtime.sovereignty.key_opening import KeyPlace, key_place, open_keyring, open_keys
from engine.runtime.sovereignty.keyring import Keyring, SubjectRef
from engine.runtime.sovereignty.root_keys import RootCustody, new_passphrase_root
from engine.runtime.sovereignty.self_test import self_test
from engine.runtime.sovereignty.subjects.ledger import ledger_path, read_ledger

SHORTEST_PASSPHRASE = 16


class KeysMisused(DougongError):
    """A command about keys that lacks something, or comes before there are any."""

    code = "keys_misused"
    status = 422

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(Message(zh, en))


def keys(given: argparse.Namespace, settings: Settings, console: Console) -> int:
    """Carry out one act on the keys; exit 1 when it was refused."""
    self_test()
    place, clock = key_place(settings), clock_from(settings.now)
    if given.act == "restore":
        return _restore(given, settings, console, clock)
    if not place.begun:
        raise KeysMisused(
            "这里还没有密钥:写入第一个加密字段时才会生成",
            "There are no keys here yet: they are made when the first sealed field is written",
        )
    with _opened(place, clock) as keyring:
        return _ACTS[given.act](keyring, given, settings, console)


def _status(keyring: Keyring, given: argparse.Namespace, settings: Settings, console: Console) -> int:
    counts, kek, now = keyring.counts(), keyring.newest_kek(), clock_from(settings.now).now()
    copies = standing_copies(keyring.store)
    where = "root.key" if keyring.root_kind == "file" else "DOUGONG_ROOT_PASSPHRASE"
    ciphers = backend.openssl_version_text()
    console.say(
        f"算法:SM4-GCM、HMAC-SM3({ciphers}),自检通过", f"Ciphers: SM4-GCM, HMAC-SM3 ({ciphers}), self-test passed"
    )
    console.say(
        "  ! 未经密评模块:此软件包中的 OpenSSL 不是经检测认证的密码模块",
        "  ! OpenSSL in this package is not a certified cryptographic module",
    )
    console.say(f"根密钥:{where}", f"Root key: {where}")
    console.say(
        f"密钥加密密钥:第 {kek} 版,共 {counts.keks} 把", f"Key-encryption key: version {kek}, {counts.keks} in all"
    )
    console.say(
        f"主体 {counts.subjects} 个,数据密钥 {counts.data_keys} 把(旧版本 {counts.former}),已销毁密钥的主体 {counts.shredded} 个,"
        f"索引密钥 {counts.index_keys} 把",
        f"{counts.subjects} subjects, {counts.data_keys} data keys ({counts.former} of former versions), {counts.shredded} subjects "
        f"whose keys are destroyed, {counts.index_keys} index keys",
    )
    for one in copies:
        ended = one.ends <= now
        console.say(
            f"  副本 {one.path}({one.made:%Y-%m-%d},{'已过期,请删除' if ended else f'{one.ends:%Y-%m-%d} 前删除'})",
            f"  copy {one.path} ({one.made:%Y-%m-%d}, {'past its time: delete it' if ended else f'deleted by {one.ends:%Y-%m-%d}'})",
        )
    if not copies:
        console.say(
            "! 没有密钥副本:keys.db 一丢,加密的字段就再也读不出来。请运行 dougong keys backup",
            "! There is no copy of the keys: if keys.db is lost, so is what is sealed. Run dougong keys backup",
        )
    console.result(
        {
            "ciphers": ciphers,
            "certified": False,
            "root": keyring.root_kind,
            "kek": kek,
            "keks": counts.keks,
            "subjects": counts.subjects,
            "data_keys": counts.data_keys,
            "former": counts.former,
            "index_keys": counts.index_keys,
            "shredded": counts.shredded,
            "copies": [{"path": str(one.path), "made": one.made, "ends": one.ends} for one in copies],
        }
    )
    return 0


def _rotate(keyring: Keyring, given: argparse.Namespace, settings: Settings, console: Console) -> int:
    moved = keyring.rotate_keks()
    kek = keyring.newest_kek()
    console.say(
        f"密钥加密密钥现为第 {kek} 版,重新加密了 {moved} 把密钥;数据没有改写,服务不必停",
        f"The key-encryption key is version {kek} now and {moved} keys are wrapped under it; no row was written, nothing has to stop",
    )
    renewed = 0
    if given.subjects:
        renewed = sum(len(keyring.rotate_many(some)) for some in _subjects(keyring))
        console.say(
            f"{renewed} 个主体的数据密钥有了新版本;已有的行由服务在后台改写,两个版本都可读",
            f"{renewed} subjects have a new version of their data key; the rows that stand are rewritten by the server meanwhile, and "
            "both versions are read",
        )
    console.result({"kek": kek, "wrapped": moved, "subjects": renewed})
    return 0


def _rotate_root(keyring: Keyring, given: argparse.Namespace, settings: Settings, console: Console) -> int:
    custody = RootCustody(settings.data, settings.root_passphrase)
    if given.passphrase:
        keyring.rotate_root(new_passphrase_root(_new_passphrase()))
        custody.forget_file()
        console.say(
            "根密钥现由口令生成;请在 DOUGONG_ROOT_PASSPHRASE 中给出它,并重启服务。忘记口令就再也读不出加密的字段",
            "The root key comes of the passphrase now: give it in DOUGONG_ROOT_PASSPHRASE and restart the server. If it is forgotten, "
            "what is sealed can never be read again",
        )
    else:
        keyring.rotate_root(custody.prepare_file())
        keyring.store.read(custody.find)
        console.say(
            "根密钥已换成新的 root.key;请运行 dougong backup --keys 另存一份,旧的密钥文件不再有用",
            "There is a new root key in root.key: save it by dougong backup --keys; files of keys from before are of no use for it",
        )
    console.result({"root": keyring.root_kind})
    return 0


def _backup(keyring: Keyring, given: argparse.Namespace, settings: Settings, console: Console) -> int:
    if given.file is None:
        raise KeysMisused(
            "请给出副本的文件名,不要放在数据备份旁边", "Say where the copy goes, and not beside the backups of the data"
        )
    now = clock_from(settings.now).now()
    for path in remove_ended_copies(keyring.store, now):
        console.say(f"过期的副本已删除:{path}", f"A copy past its time was deleted: {path}")
    made = copy_keys(keyring.store, given.file, now)
    console.say(
        f"密钥副本已写入 {made.path};{made.ends:%Y-%m-%d} 前删除。其中没有根密钥:那由 dougong backup --keys 保存",
        f"A copy of the keys is in {made.path}; delete it by {made.ends:%Y-%m-%d}. The root key is not in it: dougong backup --keys "
        "saves that",
    )
    console.result({"copy": str(made.path), "ends": made.ends})
    return 0


def _restore(given: argparse.Namespace, settings: Settings, console: Console, clock: Clock) -> int:
    if given.file is None:
        raise CopyRefused("请给出要恢复的副本", "Say which copy is to be restored")
    place = key_place(settings)
    place.folder.mkdir(parents=True, exist_ok=True)
    store = open_keys(place)
    try:
        made: datetime = restore_keys(store, given.file, clock.now(), given.old)
    finally:
        store.close()
    with _opened(place, clock) as keyring:
        erased = _erase_again(keyring, settings)
        counts = keyring.counts()
    console.say(
        f"已恢复 {made:%Y-%m-%d %H:%M} 的密钥({counts.data_keys} 把)",
        f"The keys of {made:%Y-%m-%d %H:%M} are back ({counts.data_keys})",
    )
    if erased is None:
        console.say(
            "! 没有找到清除台账:此后清除过的主体，其密钥又回来了，请重新清除",
            "! There is no ledger of erasures: the keys of whoever was erased since are back too; erase them again",
        )
    else:
        console.say(
            f"按清除台账，{erased} 个主体的密钥已再次销毁",
            f"By the ledger of erasures the keys of {erased} subjects are destroyed again",
        )
    console.result({"made": made, "data_keys": counts.data_keys, "destroyed_again": erased})
    return 0


_ACTS: dict[str, Callable[[Keyring, argparse.Namespace, Settings, Console], int]] = {
    "status": _status,
    "rotate": _rotate,
    "rotate-root": _rotate_root,
    "backup": _backup,
}


@contextmanager
def _opened(place: KeyPlace, clock: Clock) -> Iterator[Keyring]:
    keyring = open_keyring(place, clock)
    try:
        yield keyring
    finally:
        keyring.close()


def _erase_again(keyring: Keyring, settings: Settings) -> int | None:
    """Destroy again the keys of all whom the ledger of erasures names; how many, None without a ledger. Raises LedgerUnusable."""
    path = ledger_path(settings.data, settings.erase_ledger)
    if not path.exists():
        return None
    subjects = read_ledger(path, None).subjects()
    for entity, record in subjects:
        keyring.shred(SubjectRef(entity, record))
    return len(subjects)


def _subjects(keyring: Keyring) -> Iterator[list[SubjectRef]]:
    last = None
    while found := keyring.subjects_after(last):
        yield found
        last = found[-1]


def _new_passphrase() -> str:
    """From DOUGONG_NEW_ROOT_PASSPHRASE, or asked for without an echo."""
    text = os.environ.get("DOUGONG_NEW_ROOT_PASSPHRASE") or getpass.getpass("passphrase: ")
    if len(text) < SHORTEST_PASSPHRASE:
        raise KeysMisused(
            f"口令至少 {SHORTEST_PASSPHRASE} 个字符",
            f"The passphrase has to have {SHORTEST_PASSPHRASE} characters or more",
        )
    return text
