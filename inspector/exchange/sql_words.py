"""Words of SQL: where they stand in a text, which may be written next, and where a mistake is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from enum import Enum

from msgspec import Struct

VIEWS: dict[str, dict[str, str]] = {
    "records": {
        "row": "its number in the capture",
        "time": "when it was written, as text in UTC",
        "timestamp_ns": "the same in nanoseconds since 1970",
        "server": "where it lies",
        "channel": "its topic, queue or stream",
        "partition": "of its channel",
        "offset": "in its partition",
        "type": "the kind of event",
        "sender": "who sent it, by what it says of itself",
        "event_id": "the id that its sender gave it",
        "parent_id": "the id of the event that caused it",
        "flow_id": "the trace, conversation or correlation that it belongs to",
        "size": "bytes of key, value and headers",
        "key": "as text",
        "value": "as text, decoded where it is none; json_extract(value, '$.path') looks into it",
        "headers": "a list of names and values, as JSON",
        "aborted": "1 where its transaction was aborted",
    },
    "headers": {
        "row": "the record that it belongs to",
        "number": "its place among the headers of the record, from 0",
        "name": "as it was written",
        "value": "as text",
    },
    "channels": {
        "server": "where it lies",
        "kind": "topic, queue, stream, …",
        "channel": "its name",
        "records": "how many were captured",
        "first_ns": "when the first was written, in nanoseconds since 1970",
        "last_ns": "when the last was",
    },
}
"""What can be asked: views, their columns, and what stands there."""
EXAMPLES = {
    "Events by type": """SELECT channel, type, count(*) AS events
FROM records
GROUP BY 1, 2
ORDER BY 3 DESC""",
    "Events a minute": """SELECT substr(time, 1, 16) AS minute, count(*) AS events
FROM records
GROUP BY 1
ORDER BY 1""",
    "Largest events": """SELECT time, channel, partition, "offset", size
FROM records
ORDER BY size DESC
LIMIT 100""",
    "Names of headers": """SELECT name, count(*) AS records, count(DISTINCT value) AS different
FROM headers
GROUP BY 1
ORDER BY 2 DESC""",
}
"""Questions by what they ask."""
_KEYWORDS = """
SELECT FROM WHERE GROUP BY ORDER HAVING LIMIT OFFSET DISTINCT AS JOIN LEFT ON USING WITH UNION ALL CASE
WHEN THEN ELSE END AND OR NOT IN IS NULL LIKE GLOB BETWEEN EXISTS ASC DESC OVER PARTITION VALUES CAST
COLLATE FILTER RECURSIVE
"""
KEYWORDS = tuple(_KEYWORDS.split())
_FUNCTIONS = """
count sum avg min max total group_concat json_extract json_each json_array_length json_type length lower
upper substr replace trim instr round abs coalesce ifnull iif strftime datetime date time julianday
printf hex typeof row_number rank lag lead
"""
FUNCTIONS = tuple(_FUNCTIONS.split())


class Sort(Enum):
    """What a word is."""

    KEYWORD = "keyword"
    NAME = "name"
    TEXT = "text"
    NUMBER = "number"
    REMARK = "remark"
    SIGN = "sign"


class Word(Struct, frozen=True):
    """A word of a text."""

    sort: Sort
    text: str
    start: int

    @property
    def end(self) -> int:
        """The place behind it."""
        return self.start + len(self.text)

    @property
    def name(self) -> str:
        """Without quotes, in lower case."""
        quoted = self.text[:1] in '"`[' and len(self.text) > 1
        return (self.text[1:-1] if quoted else self.text).casefold()


class Offers(Struct, frozen=True):
    """What may stand in place of a piece of a text."""

    start: int
    end: int
    words: tuple[str, ...]


# https://www.sqlite.org/lang_keywords.html and https://www.sqlite.org/lang_expr.html#literal_values_constants_
_WORD = re.compile(
    r"(?P<remark>--[^\n]*|/\*.*?(?:\*/|\Z))|(?P<text>[xX]?'(?:[^']|'')*(?:'|\Z))"
    r"|(?P<name>\"(?:[^\"]|\"\")*(?:\"|\Z)|`[^`]*(?:`|\Z)|\[[^\]]*(?:\]|\Z)|[^\W\d]\w*)"
    r"|(?P<number>0[xX][0-9a-fA-F]+|\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)|(?P<sign><>|[<>=!]=|\|\||[^\s\w])",
    re.DOTALL,
)
_NAMED = re.compile(
    r"(?:no such (?:column|table|function)|ambiguous column name|unrecognized token"
    r"|misuse of [a-z ]*(?=:)|misuse of [a-z ]* function|wrong number of arguments to function)"
    r":? ?\"?(?P<name>[^\s\"()]+)"
)
_NEAR = re.compile(r'near "(?P<near>.*)": syntax error', re.DOTALL)


def words(text: str) -> Iterator[Word]:
    """The words of a text in their order."""
    for found in _WORD.finditer(text):
        sort = Sort(found.lastgroup)
        if sort is Sort.NAME and found.group().upper() in KEYWORDS:
            sort = Sort.KEYWORD
        yield Word(sort, found.group(), found.start())


def place(text: str, message: str, ask: Callable[[str], str]) -> tuple[int, int]:
    """Where in a text the mistake is that SQLite speaks of; the whole text where that cannot be told.

    Args:
        ask: what SQLite says of the beginning of the text.
    """
    known = [each for each in words(text) if each.sort is not Sort.REMARK]
    if message == "incomplete input":
        return len(text.rstrip()), len(text.rstrip())
    if near := _NEAR.search(message):
        # The parser stops at the first word that cannot follow. What ends before is only unfinished.
        for word in known:
            if word.text == near["near"] and ask(text[: word.end]) == message:
                return word.start, word.end
    if named := _NAMED.search(message):
        name = named["name"].rpartition(".")[2].casefold()
        for word in known:
            if word.name == name or (word.sort is not Sort.NAME and word.text.casefold().startswith(name)):
                return word.start, word.end
    return 0, len(text)


def meant(message: str) -> str:
    """A view, column or function that is like the one which SQLite does not know; empty where none is."""
    named = _NAMED.search(message)
    if named is None or not message.startswith("no such"):
        return ""
    columns = [name for view in VIEWS.values() for name in view]
    among = {"table": [*VIEWS], "function": [*FUNCTIONS]}.get(message.split()[2].rstrip(":"), columns)
    return next(iter(get_close_matches(named["name"].rpartition(".")[2].casefold(), among, 1)), "")


def offers(text: str, cursor: int) -> Offers:
    """What may be written where the cursor stands; nothing inside of texts and remarks."""
    before = [each for each in words(text) if each.start < cursor]
    typed = before.pop() if before and before[-1].end >= cursor else None
    if typed is not None and typed.sort not in (Sort.NAME, Sort.KEYWORD):
        if typed.sort is not Sort.SIGN:
            return Offers(cursor, cursor, ())
        before.append(typed)
        typed = None
    start = cursor if typed is None else typed.start
    begun = text[start:cursor].casefold()
    last = before[-1] if before else None
    dotted = last is not None and last.text == "."
    if last is not None and last.text.upper() in ("FROM", "JOIN"):
        known: tuple[str, ...] = tuple(VIEWS)
    else:
        used = {each.name for each in words(text)} & VIEWS.keys()
        known = tuple(dict.fromkeys(name for view in used or VIEWS for name in VIEWS[view]))
        known += () if dotted else (*VIEWS, *FUNCTIONS, *KEYWORDS)
    if not begun and not dotted and known != tuple(VIEWS):
        return Offers(cursor, cursor, ())
    found = [each for each in known if each.casefold().startswith(begun) and each.casefold() != begun]
    return Offers(start, cursor, tuple(map(_written, found)))


def _written(name: str) -> str:
    return f'"{name}"' if name == "offset" else name
