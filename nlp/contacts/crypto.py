"""Finds addresses of Bitcoin, Ethereum and Tron, and believes only those whose checksum fits.

Formats: Base58Check (Bitcoin wiki), Bech32 and Bech32m (BIP-173, BIP-350), EIP-55.
"""

from __future__ import annotations

import hashlib
import re

from nlp.contacts.candidate import Candidate
from nlp.normalise import Normalised

_ADDRESS = re.compile(
    r"(?<![0-9A-Za-z])(?:(?P<base58>[13T][1-9A-HJ-NP-Za-km-z]{25,34})"
    r"|(?P<bech32>bc1[02-9ac-hj-np-z]{11,71}|BC1[02-9AC-HJ-NP-Z]{11,71})"
    r"|(?P<eth>0x[0-9a-fA-F]{40}))(?![0-9A-Za-z])"
)
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_BECH32_CONSTANTS = (1, 0x2BC830A3)
_SHORTEST = 14  #: characters of an address
_TRON, _BITCOIN = (0x41,), (0x00, 0x05)


def find_crypto(normalised: Normalised) -> list[Candidate]:
    """The addresses of a text, read from the original: their case carries meaning."""
    found: list[Candidate] = []
    if max(map(len, normalised.original.split()), default=0) < _SHORTEST:
        return found
    for match in _ADDRESS.finditer(normalised.original):
        address = match[0]
        if match["base58"]:
            fits = _base58_fits(address, _TRON if address[0] == "T" else _BITCOIN)
        elif match["bech32"]:
            fits = _bech32_fits(address.lower())
            address = address.lower()
        else:
            fits = _eip55_fits(address[2:])
        if fits:
            start, end = normalised.at(match.start()), normalised.at(match.end())
            found.append(Candidate(start, end, address, "crypto"))
    return found


def _base58_fits(address: str, versions: tuple[int, ...]) -> bool:
    number = 0
    for character in address:
        number = number * 58 + _BASE58.index(character)
    if number >= 1 << 200:
        return False
    raw = number.to_bytes(25, "big")
    digest = hashlib.sha256(hashlib.sha256(raw[:21]).digest()).digest()
    return raw[0] in versions and digest[:4] == raw[21:]


def _bech32_fits(address: str) -> bool:
    prefix, data = address[:2], [_BECH32.index(character) for character in address[3:]]
    values = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix] + data
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate(_GENERATORS):
            if top >> bit & 1:
                check ^= generator
    return check in _BECH32_CONSTANTS


def _eip55_fits(digits: str) -> bool:
    if digits in (digits.lower(), digits.upper()):
        return True  # written without its checksum
    digest = _keccak256(digits.lower().encode()).hex()
    return all(
        not letter.isalpha() or letter.isupper() == (int(nibble, 16) >= 8)
        for letter, nibble in zip(digits, digest, strict=False)
    )


def _keccak256(data: bytes) -> bytes:
    """Keccak-256 as Ethereum uses it: hashlib's SHA-3 pads differently."""
    rate = 136
    padded = bytearray(data) + b"\x01" + b"\x00" * ((-len(data) - 1) % rate)
    padded[-1] |= 0x80
    state = [[0] * 5 for _ in range(5)]
    for block in range(0, len(padded), rate):
        for lane in range(rate // 8):
            word = int.from_bytes(padded[block + lane * 8 : block + lane * 8 + 8], "little")
            state[lane % 5][lane // 5] ^= word
        state = _keccak_f(state)
    return b"".join(state[lane % 5][lane // 5].to_bytes(8, "little") for lane in range(4))


def _rotate(value: int, by: int) -> int:
    by %= 64
    return ((value << by) | (value >> (64 - by))) & 0xFFFFFFFFFFFFFFFF


def _keccak_f(state: list[list[int]]) -> list[list[int]]:
    register = 1
    for _ in range(24):
        parity = [c[0] ^ c[1] ^ c[2] ^ c[3] ^ c[4] for c in state]
        mixed = [parity[(x - 1) % 5] ^ _rotate(parity[(x + 1) % 5], 1) for x in range(5)]
        state = [[lane ^ mixed[x] for lane in state[x]] for x in range(5)]
        x, y = 1, 0
        current = state[x][y]
        for step in range(24):
            x, y = y, (2 * x + 3 * y) % 5
            current, state[x][y] = state[x][y], _rotate(current, (step + 1) * (step + 2) // 2)
        for y in range(5):
            row = [state[x][y] for x in range(5)]
            for x in range(5):
                state[x][y] = row[x] ^ (~row[(x + 1) % 5] & row[(x + 2) % 5])
        for bit in range(7):
            register = (register << 1 ^ (register >> 7) * 0x71) % 256
            if register & 2:
                state[0][0] ^= 1 << ((1 << bit) - 1)
    return state
