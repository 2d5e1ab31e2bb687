"""Opening the keys of an installation: only with ciphers that give the published answers."""

from __future__ import annotations

from pathlib import Path

from engine.extensions import Clock
from engine.runtime.sovereignty.key_store import KEYS, open_key_store
from engine.runtime.sovereignty.keyring import Keyring
from engine.runtime.sovereignty.root_keys import RootCustody
from engine.runtime.sovereignty.self_test import self_test
from engine.runtime.sovereignty.vault import Vault


def open_keyring(folder: Path, url: str, passphrase: str, clock: Clock) -> Keyring:
    """The keys of an installation, made where there are none.

    `url`: of the database of keys; empty: the file in the data folder. `passphrase`: empty where the root key is in a file.
    Raises CiphersUnfit, DatabaseUnavailable, WrongRoot.
    """
    self_test()
    store = open_key_store(url, folder)
    try:
        return Keyring(store, RootCustody(folder, passphrase), clock)
    except BaseException:
        store.close()
        raise


def make_vault(folder: Path, url: str, passphrase: str, clock: Clock) -> Vault:
    """The vault of an installation; nothing is opened or made before the first value is sealed."""
    return Vault(lambda: open_keyring(folder, url, passphrase, clock))


def has_keys(folder: Path, url: str) -> bool:
    """Whether keys were ever made for an installation whose keys lie at this address."""
    return bool(url) or (folder / KEYS).exists()
