"""The subject of a certificate, written as Kafka writes the principal of who shows it (RFC 2253).

`SslPrincipal` of Kafka is `javax.security.auth.x500.X500Principal.getName()`, which lists the parts from the
last to the first, gives only the attributes of RFC 2253 by their names, and escapes more than that asks for.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

_NAMES = {
    "2.5.4.3": "CN",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.9": "STREET",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "0.9.2342.19200300.100.1.1": "UID",
    "0.9.2342.19200300.100.1.25": "DC",
}
_TEXTS = (0x0C, 0x13, 0x14, 0x16, 0x1B, 0x1E)
"""Tags of strings: UTF8, Printable, T61, IA5, General, BMP."""
_ESCAPED = ',=+<>#;"\\'
_VERSION = 0xA0
_SUBJECT = 4
"""Its place in a TBSCertificate (RFC 5280 §4.1) without the version, which may be left out."""
_BEGIN, _END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"


def subject(pem: Path) -> str | None:
    """`CN=shop,O=Acme` of the first certificate in a file; None where it holds none that can be read."""
    try:
        text = pem.read_text("ascii", "replace")
        begin = text.index(_BEGIN)
        der = ssl.PEM_cert_to_DER_cert(text[begin : text.index(_END, begin)] + _END)
        ((_, certificate, _),) = _parts(der)
        fields = [part for part in _parts(next(_parts(certificate))[1]) if part[0] != _VERSION]
        names = [_named(group) for _, group, _ in _parts(fields[_SUBJECT][1])]
    except (OSError, ValueError, IndexError, StopIteration):
        return None
    return ",".join(reversed(names))


def _named(group: bytes) -> str:
    """The attributes of one part of a name, usually one."""
    attributes = []
    for _, attribute, _ in _parts(group):
        (_, oid, _), (tag, content, raw) = _parts(attribute)
        kind = _dotted(oid)
        known = _NAMES.get(kind)
        value = _escaped(content.decode()) if known and tag in _TEXTS else f"#{raw.hex()}"
        attributes.append(f"{known or kind}={value}")
    return "+".join(attributes)


def _escaped(text: str) -> str:
    written = "".join(f"\\{one}" if one in _ESCAPED else "\\00" if one == "\0" else one for one in text)
    inner = written.strip(" ")
    before = len(written) - len(written.lstrip(" "))
    after = len(written) - before - len(inner)
    return "\\ " * before + inner + "\\ " * after


def _dotted(oid: bytes) -> str:
    """An object identifier (X.690 §8.19)."""
    numbers, number = [], 0
    for byte in oid:
        number = number << 7 | byte & 0x7F
        if byte < 0x80:
            numbers.append(number)
            number = 0
    first = min(numbers[0] // 40, 2)
    return ".".join(map(str, (first, numbers[0] - 40 * first, *numbers[1:])))


def _parts(data: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Tag, content and the whole of each value in a row of them (X.690 §8.1)."""
    at = 0
    while at < len(data):
        start, tag, length = at, data[at], data[at + 1]
        at += 2
        if length >= 0x80:
            size = length & 0x7F
            length = int.from_bytes(data[at : at + size])
            at += size
        yield tag, data[at : at + length], data[start : at + length]
        at += length
