from __future__ import annotations

from html.parser import HTMLParser
from io import BytesIO

from inspector.exchange import report
from inspector.exchange.selection import Selection
from tests.unit.inspector.exchange.conftest import Captured, record

HOSTILE = "</pre></details><script>alert(1)</script><img src=http://evil.example/x onerror=alert(2)>\"'&"
ALLOWED = {
    *("html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "div", "span", "details"),
    *("summary", "table", "tr", "td", "pre"),
}


class Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text: list[str] = []
        self.details = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.details += tag == "details"
        self.attributes.update(name for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def page(captured: Captured, *changes: dict[str, object]) -> Page:
    reader = captured([record(i, **each) for i, each in enumerate(changes)])
    out = BytesIO()
    report.write(Selection(reader, range(len(changes))), out, f"Title {HOSTILE}")
    made = Page()
    made.feed(out.getvalue().decode())
    return made


def test_hostile_content_is_text_everywhere(captured: Captured) -> None:
    data = HOSTILE.encode()
    headers = ((HOSTILE, data), ("ce_type", data), ("ce_id", data), ("ce_source", data))
    found = page(captured, {"key": data, "value": data, "headers": headers})
    assert found.tags <= ALLOWED
    assert found.attributes <= {"lang", "charset", "http-equiv", "content", "name", "class"}
    assert "".join(found.text).count("<script>alert(1)</script>") >= 5


def test_bytes_null_and_what_was_not_captured(captured: Captured) -> None:
    found = page(
        captured, {"value": b"\xff\x00\x01"}, {"value": None}, {"value": b""}, {"value": b'{"a":[1]}'}
    )
    text = "".join(found.text)
    assert "ff 00 01" in text
    assert "null" in text
    assert '"a": [' in text
    assert found.details == 4


def test_the_rest_is_counted(captured: Captured) -> None:
    assert page(captured).details == 0
    reader = captured([record(i) for i in range(12)], "more.evs")
    old, report.MOST = report.MOST, 10
    try:
        out = BytesIO()
        report.write(Selection(reader, range(12)), out, "")
    finally:
        report.MOST = old
    assert out.getvalue().count(b"<details>") == 10
    assert b"The first 10 are shown" in out.getvalue()
