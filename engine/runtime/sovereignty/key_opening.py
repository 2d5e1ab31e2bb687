"""Opening the keys of an installation: only with ciphers that give the published answers, and only apart from the data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.diagnostics import Message
from engine.extensions import Clock
from engine.runtime.settings import BadSetting, Settings
from engine.runtime.sovereignty.key_store import KEYS, KeyStore, open_key_store
from engine.runtime.sovereignty.keyring import Keyring
from engine.runtime.sovereignty.root_keys import RootCustody
from engine.runtime.sovereignty.self_test import self_test
from engine.runtime.sovereignty.vault import Vault


@dataclass(frozen=True, slots=True)
class KeyPlace:
    """Where keys lie: the database at `url`, or the file in the data folder; `passphrase` is empty where the root key is a file."""

    folder: Path
    url: str = ""
    passphrase: str = ""

    @property
    def begun(self) -> bool:
        """Whether keys were made here, as far as can be seen without opening them."""
        return bool(self.url) or (self.folder / KEYS).exists()


def key_place(settings: Settings) -> KeyPlace:
    """Where the keys of an installation lie. Raises BadSetting where that is the database of its data."""
    if settings.keys and settings.keys == settings.database_url:
        raise BadSetting(
            Message(
                "DOUGONG_KEYS 与 DOUGONG_DATABASE 相同:密钥须与数据分开,否则备份里既有锁又有钥匙",
                "DOUGONG_KEYS is DOUGONG_DATABASE: keys have to lie apart from the data, or every backup holds both",
            )
        )
    return KeyPlace(settings.data, settings.keys, settings.root_passphrase)


def open_keys(place: KeyPlace) -> KeyStore:
    """The store of keys, made where there is none. Raises CiphersUnfit, DatabaseUnavailable."""
    self_test()
    return open_key_store(place.url, place.folder)


def open_keyring(place: KeyPlace, clock: Clock) -> Keyring:
    """The keys of an installation, made where there are none. Raises CiphersUnfit, DatabaseUnavailable, WrongRoot."""
    store = open_keys(place)
    try:
        return Keyring(store, RootCustody(place.folder, place.passphrase), clock)
    except BaseException:
        store.close()
        raise


def make_vault(place: KeyPlace, clock: Clock) -> Vault:
    """The vault of an installation; nothing is opened or made before the first value is sealed."""
    return Vault(lambda: open_keyring(place, clock))
