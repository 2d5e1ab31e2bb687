"""Checks a certificate of erasure: python verify_certificate.py certificate.json [public key in hex].

One file, no network, nothing but Python. Without a public key the certificate's own is taken: that shows that nobody altered
it, and not who made it. Exit 0: it holds; 1: it does not; 2: it cannot be read.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
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


def _say(told: dict[str, str]) -> None:
    sys.stdout.write(f"{told['zh']}\n{told['en']}\n")


def main(arguments: list[str]) -> int:
    """See the head of this file."""
    try:
        whole = json.loads(Path(arguments[0]).read_text("utf-8"))
        found = problems_of(whole, arguments[1] if len(arguments) > 1 else "")
    except (IndexError, OSError, ValueError, KeyError, TypeError) as error:
        _say({"zh": f"无法读取：{error}", "en": f"It cannot be read: {error}"})
        return 2
    if found:
        listed = ", ".join(found)
        _say({"zh": f"证书不成立：{listed}", "en": f"The certificate does not hold: {listed}"})
        return 1
    told = whole["certificate"]
    proof, request = told["proof"], told["request"]
    forms, planted = len(proof["forms"]), proof["control"]["planted"]
    _say(
        {
            "zh": f"证书成立：请求 {request}，{proof['targets']} 个标识 × {forms} 种形式，读 {proof['bytes']} 字节，发现 0 处，对照 {planted} 处全部找到",
            "en": f"The certificate holds: request {request}, {proof['targets']} identifiers in {forms} forms, {proof['bytes']} bytes read, 0 found, all {planted} of the control found",
        }
    )
    if len(arguments) < 2:
        _say(
            {
                "zh": "未核对签发者：请在文件后给出安装的公钥",
                "en": "Who made it was not checked: give the installation's public key after the file",
            }
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
