"""The few characters of a key or value that a table cell shows."""

from __future__ import annotations

HEX_LIMIT = 16
"""Bytes up to which something that is not text is shown in hex."""


def size_text(size: int) -> str:
    """A number of bytes for people: `512 bytes`, `3.1 KB`, `10.0 MB` (1 KB is 1,000 bytes)."""
    if size < 1000:
        return f"{size} byte{'' if size == 1 else 's'}"
    for unit in ("KB", "MB"):
        size_in_unit = size / (1e3 if unit == "KB" else 1e6)
        if size_in_unit < 999.95:
            return f"{size_in_unit:.1f} {unit}"
    return f"{size / 1e9:.1f} GB"


def is_text(text: str) -> bool:
    """Whether it holds no control characters but white space."""
    return text.isprintable() or not any(
        (letter < " " and letter not in "\t\n\r\f\v") or letter == "\x7f" for letter in text
    )


def readable(data: bytes, cut: bool = False) -> str | None:
    """UTF-8 text, or None where the bytes are something else; `cut` when they may end inside a character."""
    text = _utf8(data, cut)
    return text if text is not None and is_text(text) else None


def preview(data: bytes | None, limit: int) -> str:
    """One line of at most `limit` characters: text as it is, the rest as hex or `<binary 3.1 KB>`."""
    if data is None:
        return "null"
    if not data:
        return "<empty>"
    head = data[: 4 * limit]
    text = _utf8(head, cut=len(head) < len(data))
    if text is None or not (text[:limit].isprintable() or is_text(text)):
        return f"0x{data.hex()}" if len(data) <= HEX_LIMIT else f"<binary {size_text(len(data))}>"
    if not text[:limit].isprintable():
        text = "".join(letter if letter.isprintable() else "\ufffd" for letter in " ".join(text.split()))
    return f"{text[: limit - 1]}…" if len(text) > limit or len(head) < len(data) else text


def _utf8(data: bytes, cut: bool) -> str | None:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        if cut and error.reason == "unexpected end of data":
            return data[: error.start].decode()
        return None
