"""A report of some events that can be shared: one HTML file without scripts, which loads nothing."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from itertools import chain
from typing import BinaryIO

import orjson
from msgspec.structs import replace

from inspector.decode.as_json import as_json
from inspector.decode.hexdump import lines
from inspector.decode.preview import preview, size_text
from inspector.exchange.cells import NOT_CAPTURED, plain
from inspector.exchange.selection import Event, Selection
from inspector.exchange.times import written

MOST = 5_000
"""Events of a report: a browser shows no more of them well."""
LONGEST = 64 * 1024
"""Characters of a value that a report has."""

_STYLE = """
:root{color-scheme:light dark;--ground:#fff;--panel:#f6f7f9;--text:#1b1f24;--dim:#5b6470;--line:#dde1e6;
--accent:#2456a6;--key:#7a3e00}
@media(prefers-color-scheme:dark){:root{--ground:#15181c;--panel:#1d2126;--text:#e4e7eb;--dim:#98a1ac;
--line:#30363d;--accent:#8ab4f8;--key:#e5b567}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:1180px;padding:32px 24px 64px;background:var(--ground);color:var(--text);
font:14px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}
h1{font-size:22px;font-weight:600;margin:0 0 4px;overflow-wrap:anywhere}
p{margin:0 0 4px;color:var(--dim);overflow-wrap:anywhere}
.events{margin-top:24px;border:1px solid var(--line);border-radius:8px;overflow:hidden}
summary,.head{display:grid;grid-template-columns:210px minmax(90px,1fr) minmax(90px,1fr) minmax(90px,.8fr)
minmax(160px,2.4fr);gap:0 14px;padding:5px 12px}
.head{background:var(--panel);color:var(--dim);font-size:12px}
details,.head{border-bottom:1px solid var(--line)}
details:last-child{border-bottom:0}
summary{cursor:pointer;list-style:none}
summary::-webkit-details-marker{display:none}
summary:hover,details[open]>summary{background:var(--panel)}
summary:focus-visible{outline:2px solid var(--accent);outline-offset:-2px}
summary>span{white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
.mono,pre,td{font-family:ui-monospace,"SF Mono",Menlo,Consolas,monospace;font-size:12.5px}
.dim{color:var(--dim)}
.body{padding:10px 12px 16px}
h2{font-size:12px;font-weight:600;color:var(--dim);margin:12px 0 4px}
pre{margin:0;padding:10px 12px;background:var(--panel);border-radius:6px;white-space:pre-wrap;
overflow-wrap:anywhere;max-height:560px;overflow:auto}
table{border-collapse:collapse}
td{padding:1px 16px 1px 0;vertical-align:top;overflow-wrap:anywhere}
td:first-child{color:var(--key);white-space:nowrap}
@media(max-width:760px){summary,.head{grid-template-columns:1fr 1fr}}
@media print{details{break-inside:avoid}}
"""
_HEAD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width"><meta name="referrer" content="no-referrer">
"""


def write(events: Selection, file: BinaryIO, title: str) -> None:
    """All events up to `MOST`, in their order; masks apply to what they show, and nothing in them is run."""
    _Report(events, file).write(title or "Events")


class _Report:
    def __init__(self, events: Selection, file: BinaryIO) -> None:
        self._events, self._file = events, file

    def _put(self, *parts: str) -> None:
        self._file.write("".join(parts).encode("utf-8", "replace"))

    def write(self, title: str) -> None:
        left = iter(self._events)
        first = next(left, None)
        self._put(_HEAD, f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>")
        self._put(f"<h1>{escape(title)}</h1>")
        if first is None:
            self._put("<p>No events.</p></body></html>\n")
            return
        self._put(f"<p>From {escape(self._events.reader.path.name)}. Times are UTC.</p>")
        if self._events.sight.any:
            self._put("<p>Parts of it are masked.</p>")
        self._put('<div class="events"><div class="head"><span>Time</span><span>Channel</span>')
        self._put("<span>Type</span><span>Key</span><span>Value</span></div>\n")
        count = 0
        for event in chain((first,), left):
            if count == MOST:
                break
            count += 1
            self._put(*_event(event))
        more = next(left, None) is not None or count < self._events.taken
        self._put("</div>")
        self._put(f"<p>{count:,} event{'' if count == 1 else 's'}.")
        if more:
            self._put(f" The first {MOST:,} are shown; export the rest as JSON lines.")
        if self._events.unread:
            self._put(f" {self._events.unread:,} could not be read.")
        self._put("</p></body></html>\n")


def _event(event: Event) -> Iterator[str]:
    record, traits = event.record, event.traits
    value = preview(record.value, 120) if record.body_stored else NOT_CAPTURED
    cells = (
        ("mono", written(record.timestamp_ns)),
        ("", record.channel.name),
        ("", traits.type or ""),
        ("mono", preview(record.key, 48) if record.key is not None else "null"),
        ("mono dim", value),
    )
    yield "<details><summary>"
    for style, text in cells:
        yield f'<span class="{style}">{escape(text)}</span>'
    yield '</summary><div class="body"><table>'
    for name, text in _facts(event):
        yield f"<tr><td>{escape(name)}</td><td>{escape(text)}</td></tr>"
    yield "</table>"
    if record.headers:
        yield "<h2>Headers</h2><table>"
        for name, data in record.headers:
            yield f"<tr><td>{escape(name)}</td><td>{escape(_plain(data))}</td></tr>"
        yield "</table>"
    words, text = _value(event)
    yield f"<h2>Value · {escape(words)}</h2><pre>{escape(text)}</pre></div></details>\n"


def _facts(event: Event) -> Iterator[tuple[str, str]]:
    record, traits = event.record, event.traits
    yield "server", str(record.channel.server)
    yield "position", str(record.position)
    yield "key", _plain(record.key)
    for name, text in (
        ("from", None if traits.sender is None else traits.sender.value),
        ("event id", traits.event_id),
        ("caused by", traits.parent_id),
        ("trace", traits.flow_id),
        ("transaction", "aborted" if record.aborted else None),
    ):
        if text:
            yield name, text


def _plain(data: bytes | None) -> str:
    text = plain(data)
    return "null" if text is None else text or "(empty)"


def _value(event: Event) -> tuple[str, str]:
    """What it is, and its text."""
    record = event.record
    if not record.body_stored:
        return "not captured", NOT_CAPTURED
    if record.value is None:
        return "null", "null"
    found = event.decode(replace(record, value=record.value[: 16 * LONGEST]))
    words = f"{found.encoding}, {size_text(len(record.value))}"
    if isinstance(found.value, bytes):
        shown = lines(found.value[: LONGEST // 4])
        text = "\n".join(f"{each.offset:08x}  {each.hex}  {each.text}" for each in shown)
    elif isinstance(found.value, str):
        text = found.value
    else:
        text = orjson.dumps(orjson.loads(as_json(found.value)), option=orjson.OPT_INDENT_2).decode()
    if len(text) > LONGEST or len(record.value) > 16 * LONGEST:
        return f"{words}, its beginning", f"{text[:LONGEST]}…"
    return words, text
