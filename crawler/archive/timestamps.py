"""RFC 3161 timestamps: an outside authority signs that a digest existed at a time."""

from __future__ import annotations

import hashlib
import http.client
import urllib.error
import urllib.request
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.errors import ArchiveError

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

_SET_0 = 0xA0  # the tag [0] of a constructed element
_LARGEST = 1_000_000  # bytes of an answer; they have some thousands


def request_timestamp(url: str, text: str, *, timeout: float) -> bytes:
    """Ask the authority to stamp the SHA-256 of a text.

    Returns:
        Its answer (a TimeStampResp in DER), granted and over this very text and nonce. Its
        signature is not checked here: see `check_timestamp`.

    Raises:
        ArchiveError: it cannot be reached, or did not grant it.
    """
    from rfc3161_client import HashAlgorithm, TimestampRequestBuilder, decode_timestamp_response

    request = (
        TimestampRequestBuilder()
        .data(text.encode())
        .hash_algorithm(HashAlgorithm.SHA256)
        .cert_request(cert_request=True)
        .nonce(nonce=True)
        .build()
    )
    asked = urllib.request.Request(  # noqa: S310 - the configuration takes http(s) alone
        url,
        data=request.as_bytes(),
        headers={"Content-Type": "application/timestamp-query"},
    )
    digest = hashlib.sha256(text.encode()).hexdigest()
    try:
        with urllib.request.urlopen(asked, timeout=timeout) as answer:  # noqa: S310
            token: bytes = answer.read(_LARGEST)
    except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
        raise ArchiveError(digest, f"{url} gave no timestamp: {error}") from error
    try:
        response = decode_timestamp_response(_in_order(token))
        granted = response.status == 0
        nonce = response.tst_info.nonce if granted else None
    except ValueError as error:
        raise ArchiveError(digest, f"{url} gave no timestamp: {error}") from error
    if not granted:
        said = "; ".join(response.status_string) or f"status {response.status}"
        raise ArchiveError(digest, f"{url} refused a timestamp: {said}")
    if nonce != request.nonce or not _is_over(response, text):
        raise ArchiveError(digest, f"{url} gave a timestamp of something else")
    return token


def check_timestamp(token: bytes, text: str, roots: list[Certificate]) -> datetime:
    """When the authority stamped the text.

    Args:
        token: what `request_timestamp` returned.
        text: what was stamped.
        roots: the authorities to trust; none: the signature is not checked.

    Raises:
        ValueError: it is no timestamp, of another text, or not signed by a trusted
            authority.
    """
    from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response

    response = decode_timestamp_response(_in_order(token))
    if response.status not in (0, 1):
        raise ValueError("it was not granted")
    if not _is_over(response, text):
        raise ValueError("it is of another digest")
    if roots:
        try:
            VerifierBuilder(roots=list(roots)).build().verify_message(response, text.encode())
        except VerificationError as error:
            raise ValueError(f"its signature does not hold: {error}") from error
    moment: datetime = response.tst_info.gen_time
    return moment


def load_authorities(path: Path) -> list[Certificate]:
    """The certificates of a PEM file.

    Raises:
        ArchiveError: it cannot be read, or holds none.
    """
    from cryptography.x509 import load_pem_x509_certificates

    try:
        return load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError) as error:
        message = f"holds no certificates of timestamp authorities (PEM): {error}"
        raise ArchiveError(str(path), message) from error


def _is_over(response: object, text: str) -> bool:
    imprint = response.tst_info.message_imprint  # type: ignore[attr-defined]
    return bool(imprint.message == hashlib.sha256(text.encode()).digest())


def _in_order(token: bytes) -> bytes:
    """The answer with its certificates sorted, as DER wants a set to be.

    OpenSSL and authorities built on it write them in the order of their configuration, which
    the strict reader refuses. No signature covers that order.
    """
    try:
        # TimeStampResp > token > content > SignedData: the certificates are its [0].
        response = _elements(token, 0, len(token))[0]
        content = _elements(token, *_elements(token, *response[1:])[1][1:])
        signed = _elements(token, *content[1][1:])[0]
        certificates = next(one for one in _elements(token, *signed[1:]) if token[one[0]] == _SET_0)
    except (IndexError, StopIteration):
        return token
    _, begin, end = certificates
    parts = [token[start:stop] for start, _, stop in _elements(token, begin, end)]
    return token[:begin] + b"".join(sorted(parts)) + token[end:]


def _elements(data: bytes, begin: int, end: int) -> list[tuple[int, int, int]]:
    """Where each DER element between two places begins, where its content does, its end."""
    found = []
    while begin < end:
        length, content = data[begin + 1], begin + 2
        if length & 0x80:
            content += length & 0x7F
            length = int.from_bytes(data[begin + 2 : content], "big")
        found.append((begin, content, content + length))
        begin = content + length
    return found
