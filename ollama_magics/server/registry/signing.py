"""Signatures with the person's Ollama key, by which a registry knows who pulls and pushes.

Source: Ollama auth/auth.go (v0.33.0-rc2); the key file: OpenSSH PROTOCOL.key; the signature: RFC 8032, section 5.1.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable
from pathlib import Path

from ollama_magics.server.errors import StoreError

_HEAD, _FOOT = "-----BEGIN OPENSSH PRIVATE KEY-----", "-----END OPENSSH PRIVATE KEY-----"
_MAGIC = b"openssh-key-v1\0"

_P = 2**255 - 19
_ORDER = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _P) % _P

# x, y, z and x*y/z, with x/z and y/z the coordinates.
_Point = tuple[int, int, int, int]
_BASE_X = 15112221349535400772501151409588531511454012693041857206046113283949847762202
_BASE_Y = 4 * pow(5, -1, _P) % _P
_BASE: _Point = (_BASE_X, _BASE_Y, 1, _BASE_X * _BASE_Y % _P)


def signer(home: Path) -> Callable[[bytes], str]:
    """Return what signs a text with the key that Ollama keeps below ``home``: ``PUBLIC KEY:SIGNATURE``, both in base64.

    The key is read when it is needed; without one the signer raises ``StoreError`` with Go's words.
    """
    path = home / ".ollama" / "id_ed25519"

    def sign(text: bytes) -> str:
        try:
            seed, public = read_key(path.read_text("ascii"))
        except OSError as problem:
            raise StoreError(f"open {path}: {(problem.strerror or 'unreadable').lower()}") from problem
        except ValueError as problem:
            raise StoreError(f"{path}: ssh: no key found") from problem
        return f"{base64.b64encode(public).decode()}:{base64.b64encode(signature(seed, text)).decode()}"

    return sign


def read_key(text: str) -> tuple[bytes, bytes]:
    """Return the 32 secret bytes of an OpenSSH Ed25519 key without a password, and the public key as SSH writes it.

    Raises:
        ValueError: it is none.
    """
    body = text.partition(_HEAD)[2].partition(_FOOT)[0]
    try:
        data = base64.b64decode("".join(body.split()), validate=True)
    except binascii.Error as problem:
        raise ValueError("not base64") from problem
    if not data.startswith(_MAGIC):
        raise ValueError("not an OpenSSH key")
    cipher, data = _field(data[len(_MAGIC) :])
    _, data = _field(data)
    _, data = _field(data)
    public, data = _field(data[4:])
    private, _ = _field(data)
    kind, rest = _field(private[8:])
    _, rest = _field(rest)
    secret, _ = _field(rest)
    if (cipher, kind, len(secret)) != (b"none", b"ssh-ed25519", 64):
        raise ValueError("another kind of key, or one with a password")
    return secret[:32], public


def _field(data: bytes) -> tuple[bytes, bytes]:
    size = int.from_bytes(data[:4], "big")
    if len(data) < 4 + size:
        raise ValueError("cut off")
    return data[4 : 4 + size], data[4 + size :]


def signature(seed: bytes, text: bytes) -> bytes:
    """Return the Ed25519 signature of ``text``, 64 bytes."""
    expanded = hashlib.sha512(seed).digest()
    scalar = int.from_bytes(expanded[:32], "little") & ((1 << 254) - 8) | (1 << 254)
    public = _packed(_times(scalar, _BASE))
    nonce = _hashed(expanded[32:] + text)
    commitment = _packed(_times(nonce, _BASE))
    answer = (nonce + _hashed(commitment + public + text) * scalar) % _ORDER
    return commitment + answer.to_bytes(32, "little")


def _hashed(data: bytes) -> int:
    return int.from_bytes(hashlib.sha512(data).digest(), "little") % _ORDER


def _plus(one: _Point, other: _Point) -> _Point:
    a = (one[1] - one[0]) * (other[1] - other[0]) % _P
    b = (one[1] + one[0]) * (other[1] + other[0]) % _P
    c = 2 * one[3] * other[3] * _D % _P
    d = 2 * one[2] * other[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _times(scalar: int, point: _Point) -> _Point:
    result: _Point = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = _plus(result, point)
        point = _plus(point, point)
        scalar >>= 1
    return result


def _packed(point: _Point) -> bytes:
    inverse = pow(point[2], -1, _P)
    x, y = point[0] * inverse % _P, point[1] * inverse % _P
    return (y | (x & 1) << 255).to_bytes(32, "little")
