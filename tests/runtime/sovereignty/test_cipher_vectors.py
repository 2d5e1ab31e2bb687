"""The published vectors hold; where they do not nothing is served; another OpenSSL opens what was sealed here."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import ECB

from engine.runtime.sovereignty.envelopes import Place, seal_envelope
from engine.runtime.sovereignty.self_test import VECTORS, Vector, failing, self_test
from tests.runtime.sovereignty.counter_mode import authentication_tag

PLANTED = """
import sys
from engine.runtime.sovereignty import self_test
from engine.cli import main
right = self_test.VECTORS[{at}]
self_test.VECTORS = (self_test.Vector(right.name, right.compute, "00" + right.expected[2:]),)
sys.exit(main({words!r}))
"""


def test_all_published_vectors_hold() -> None:
    assert len(VECTORS) == 11
    assert failing(VECTORS) == ()
    self_test()


def test_a_million_rounds_of_sm4() -> None:
    """GB/T 32907 A.2: the block enciphered a million times under the key of A.1."""
    key = bytes.fromhex("0123456789abcdeffedcba9876543210")
    encryptor = Cipher(SM4(key), ECB()).encryptor()
    block = key
    for _ in range(1_000_000):
        block = encryptor.update(block)
    assert block.hex() == "595298c7c6fd271f0402f804c33d3f66"


@pytest.mark.parametrize("at", range(len(VECTORS)))
def test_each_vector_is_asked(at: int) -> None:
    """The control: with one wrong digit none holds."""
    right = VECTORS[at]
    digit = "0" if right.expected[0] != "0" else "1"
    assert failing([Vector(right.name, right.compute, digit + right.expected[1:])]) == (right.name,)


@pytest.mark.one_database
@pytest.mark.parametrize(("words", "language"), [(("serve",), "zh"), (("keys", "status"), "en")])
def test_with_wrong_answers_nothing_is_served(tmp_path: Path, words: tuple[str, ...], language: str) -> None:
    said = subprocess.run(
        [
            sys.executable,
            "-c",
            PLANTED.format(at=1, words=["--data", str(tmp_path), "--language", language, *words]),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert said.returncode == 1
    assert "SM4-GCM (RFC 8998 A.1)" in said.stderr
    assert ("拒绝启动" if language == "zh" else "does not serve") in said.stderr
    assert "Traceback" not in said.stderr + said.stdout
    assert not (tmp_path / "keys.db").exists()


@pytest.mark.skipif(shutil.which("openssl") is None, reason="there is no command openssl")
def test_the_command_line_of_openssl_opens_what_was_sealed() -> None:
    """Its `enc` knows no GCM; it knows what GCM is made of. The keystream of GCM under a nonce of 12 bytes is that of CTR from
    block 2 on, and the tag is GHASH, of twelve lines in counter_mode, under blocks that the command enciphers. So another
    build of SM4 and another GHASH come to the same plain text and the same tag: the envelope is GCM and nothing else."""
    key, place, plain = os.urandom(16), Place("tenant", "opportunity", 7, "G4", 2), os.urandom(77)
    envelope = seal_envelope(key, 5, place, plain)
    head, nonce, ciphertext, tag = envelope[:4], envelope[4:16], envelope[16:-16], envelope[-16:]
    assert openssl(["-sm4-ctr", "-d", "-K", key.hex(), "-iv", nonce.hex() + "00000002"], ciphertext) == plain

    def enciphered(block: bytes) -> bytes:
        return openssl(["-sm4-ecb", "-e", "-nopad", "-K", key.hex()], block)

    names = (b"row", b"tenant", b"opportunity", b"G4")
    place_told = b"".join(len(one).to_bytes(4) + one for one in names) + head + (7).to_bytes(8) + (2).to_bytes(8)
    assert authentication_tag(enciphered, nonce, place_told, ciphertext) == tag


def openssl(words: list[str], content: bytes) -> bytes:
    return subprocess.run(["openssl", "enc", *words], input=content, capture_output=True, check=True, timeout=60).stdout
