"""Checks a certificate of erasure: python verify_certificate.py certificate.json [public key in hex].

One file, no network, nothing but Python. Without a public key the certificate's own is taken: that shows that nobody altered
it, and not who made it. Exit 0: it holds; 1: it does not; 2: it cannot be read.
"""

from __future__ import annotations

import hashlib
import json
import sys
from typing import Any

_P = 2**255 - 19
_ORDER = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, _P - 2, _P) % _P
_ROOT = pow(2, (_P - 1) // 4, _P)
Point = tuple[int, int, int, int]


def _added(one: Point, other: Point) -> Point:
    a = (one[1] - one[0]) * (other[1] - other[0]) % _P
    b = (one[1] + one[0]) * (other[1] + other[0]) % _P
    c = 2 * one[3] * other[3] * _D % _P
    d = 2 * one[2] * other[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _times(number: int, point: Point) -> Point:
    found: Point = (0, 1, 1, 0)
    while number > 0:
        if number & 1:
            found = _added(found, point)
        point = _added(point, point)
        number >>= 1
    return found


def _same(one: Point, other: Point) -> bool:
    return (one[0] * other[2] - other[0] * one[2]) % _P == 0 and (one[1] * other[2] - other[1] * one[2]) % _P == 0


def _x_of(y: int, sign: int) -> int | None:
    square = (y * y - 1) * pow(_D * y * y + 1, _P - 2, _P) % _P
    if y >= _P or (square == 0 and sign):
        return None
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _ROOT % _P
    if (x * x - square) % _P:
        return None
    return _P - x if (x & 1) != sign else x


def _point(content: bytes) -> Point | None:
    if len(content) != 32:
        return None
    y = int.from_bytes(content, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    x = _x_of(y, sign)
    return None if x is None else (x, y, 1, x * y % _P)


_BASE_Y = 4 * pow(5, _P - 2, _P) % _P
_BASE_X = _x_of(_BASE_Y, 0) or 0
_BASE: Point = (_BASE_X, _BASE_Y, 1, _BASE_X * _BASE_Y % _P)


def is_signed(public: bytes, message: bytes, signature: bytes) -> bool:
    """Ed25519 as RFC 8032 has it."""
    key, first = _point(public), _point(signature[:32])
    number = int.from_bytes(signature[32:], "little")
    if key is None or first is None or len(signature) != 64 or number >= _ORDER:
        return False
    digest = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % _ORDER
    return _same(_times(number, _BASE), _added(first, _times(digest, key)))


def problems_of(whole: dict[str, Any], expected: str = "") -> list[str]:
    """Why a certificate does not hold; nothing where it does. Each is a code."""
    told, public = whole["certificate"], str(whole["public_key"])
    message = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    found = []
    if expected and expected.lower() != public.lower():
        found.append("another_key")
    if not is_signed(bytes.fromhex(public), message, bytes.fromhex(str(whole["signature"]))):
        found.append("signature")
    proof = told["proof"]
    if not proof["valid"] or proof["control"]["missed"] or proof["control"]["live_unseen"]:
        found.append("control_not_found")
    if proof["hits"]:
        found.append("found_again")
    return found


def main(arguments: list[str]) -> int:
    """See the head of this file."""
    try:
        with open(arguments[0], encoding="utf-8") as file:
            whole = json.load(file)
        found = problems_of(whole, arguments[1] if len(arguments) > 1 else "")
    except (IndexError, OSError, ValueError, KeyError, TypeError) as error:
        print(f"cannot be read 无法读取: {error}")
        return 2
    if found:
        print("does not hold 不成立: " + ", ".join(found))
        return 1
    told = whole["certificate"]
    proof = told["proof"]
    print(
        f"holds 成立: {told['request']} · {proof['targets']} × {len(proof['forms'])} forms, {proof['bytes']} bytes, 0 found; "
        f"control {proof['control']['planted']}/{proof['control']['planted']}"
    )
    if len(arguments) < 2:
        print("checked with its own key; give the installation's public key to see who made it 未核对签发者")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
