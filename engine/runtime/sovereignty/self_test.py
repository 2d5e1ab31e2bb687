"""The published vectors of SM4, SM4-GCM, SM3 and HMAC-SM3, run before anything is sealed or opened."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from engine.diagnostics import DougongError, Message
from engine.runtime.sovereignty.ciphers import (
    UNSUPPORTED,
    NotAuthentic,
    block,
    digest,
    keyed_digest,
    seal_under,
    unseal,
)


@dataclass(frozen=True, slots=True)
class Vector:
    """What a standard says an algorithm answers."""

    name: str
    compute: Callable[[], bytes]
    expected: str


_KEY = bytes.fromhex("0123456789abcdeffedcba9876543210")
_NONCE = bytes.fromhex("00001234567800000000abcd")
_AAD = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
_PLAIN = bytes.fromhex("".join(letter * 16 for letter in "abcdefea"))
_CIPHERTEXT = (
    "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
    "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
)
_TAG = "83de3541e4c2b58177e065a9bf7b62ec"
_LONG = b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq" * 2


def _opened() -> bytes:
    return unseal(_KEY, _AAD, _NONCE + bytes.fromhex(_CIPHERTEXT + _TAG))


def _refused() -> bytes:
    """Under altered additional data nothing opens: one byte, 1, for the refusal."""
    try:
        unseal(_KEY, _AAD[:-1] + b"\xd3", _NONCE + bytes.fromhex(_CIPHERTEXT + _TAG))
    except NotAuthentic:
        return b"\x01"
    return b"\x00"


VECTORS: tuple[Vector, ...] = (
    Vector("SM4 (GB/T 32907 A.1)", lambda: block(_KEY, _KEY), "681edf34d206965e86b3e94f536e4246"),
    Vector("SM4-GCM (RFC 8998 A.1)", lambda: seal_under(_KEY, _NONCE, _AAD, _PLAIN), _CIPHERTEXT + _TAG),
    Vector("SM4-GCM (RFC 8998 A.1), opened", _opened, _PLAIN.hex()),
    Vector("SM4-GCM, altered additional data", _refused, "01"),
    Vector(
        "SM3 (GB/T 32905 A.1)",
        lambda: digest(b"abc"),
        "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
    ),
    Vector(
        "SM3 (GB/T 32905 A.2)",
        lambda: digest(b"abcd" * 16),
        "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732",
    ),
    Vector("SM3, empty", lambda: digest(b""), "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b"),
    Vector(
        "HMAC-SM3 (GM/T 0042 D.3), key of 32 bytes",
        lambda: keyed_digest(bytes(range(1, 33)), _LONG),
        "ca05e144ed05d1857840d1f318a4a8669e559fc8391f414485bfdf7bb408963a",
    ),
    Vector(
        "HMAC-SM3 (GM/T 0042 D.3), key of 37 bytes",
        lambda: keyed_digest(bytes(range(1, 38)), b"\xcd" * 50),
        "220bf579ded555393f0159f66c99877822a3ecf610d1552154b41d44b94db3ae",
    ),
    Vector(
        "HMAC-SM3 (GM/T 0042 D.3), Hi There",
        lambda: keyed_digest(b"\x0b" * 32, b"Hi There"),
        "c0ba18c68b90c88bc07de794bfc7d2c8d19ec31ed8773bc2b390c9604e0be11e",
    ),
    Vector(
        "HMAC-SM3 (GM/T 0042 D.3), Jefe",
        lambda: keyed_digest(b"Jefe", b"what do ya want for nothing?"),
        "2e87f1d16862e6d964b50a5200bf2b10b764faa9680a296a2405f24bec39f882",
    ),
)


class CiphersUnfit(DougongError):
    """The installed ciphers do not give the published answers: nothing is sealed or opened with them."""

    code = "ciphers_unfit"
    status = 503

    def __init__(self, names: Sequence[str]) -> None:
        listed = "、".join(names)
        super().__init__(
            Message(
                f"国密算法自检未通过({listed}):本机的密码库结果不符合标准,斗拱拒绝启动。"
                "请按 pyproject.toml 中的版本重新安装 cryptography(须带 OpenSSL 3.1 以上)",
                f"The self-test of the national algorithms failed ({', '.join(names)}): the ciphers of this machine do not give the "
                "published answers, and Dougong does not serve with them. Install cryptography in the pinned version again (with "
                "OpenSSL 3.1 or newer in it)",
            ),
            vectors=list(names),
        )


def failing(vectors: Sequence[Vector]) -> tuple[str, ...]:
    """The names of vectors whose answer is another one, or none at all."""
    return tuple(one.name for one in vectors if not _holds(one))


@cache
def self_test() -> None:
    """Run the published vectors, once a process. Raises CiphersUnfit."""
    wrong = failing(VECTORS)
    if wrong:
        raise CiphersUnfit(wrong)


def _holds(vector: Vector) -> bool:
    try:
        return vector.compute() == bytes.fromhex(vector.expected)
    except (UNSUPPORTED, NotAuthentic, ValueError):
        return False
