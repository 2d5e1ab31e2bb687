"""The tag of GCM written out from NIST SP 800-38D, to check what the product's ciphers made; slow, and nothing uses it."""

from __future__ import annotations

from collections.abc import Callable

POLYNOMIAL = 0xE1 << 120


def multiplied(left: int, right: int) -> int:
    """The product of two elements of GF(2^128), bits from the left."""
    product = 0
    for bit in range(127, -1, -1):
        if right >> bit & 1:
            product ^= left
        left = left >> 1 ^ (POLYNOMIAL if left & 1 else 0)
    return product


def authentication_tag(
    enciphered: Callable[[bytes], bytes], nonce: bytes, authenticated: bytes, ciphertext: bytes
) -> bytes:
    """The tag under a block cipher for a nonce of 12 bytes."""
    hashing = int.from_bytes(enciphered(bytes(16)))
    lengths = (len(authenticated) * 8).to_bytes(8) + (len(ciphertext) * 8).to_bytes(8)
    content = b"".join(one + bytes(-len(one) % 16) for one in (authenticated, ciphertext)) + lengths
    found = 0
    for at in range(0, len(content), 16):
        found = multiplied(found ^ int.from_bytes(content[at : at + 16]), hashing)
    return (found ^ int.from_bytes(enciphered(nonce + (1).to_bytes(4)))).to_bytes(16)
