"""A trail as a Mermaid sequence diagram (https://mermaid.js.org/syntax/sequenceDiagram.html)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from graph.evidence import CERTAIN, LIKELY
from graph.identity import ApplicationId, ChannelId
from inspector.trails.folding import Item
from inspector.trails.ground import CONFIDENCE, WORDS, Ground
from inspector.trails.sequence import Participant, sequence

UNKNOWN = "not known"
_SPECIAL = re.compile(r"[^\w ./,:()×+-]")
"""All that may end a message, or mean something in it."""


def mermaid(items: Sequence[Item], name: Callable[[ApplicationId], str]) -> str:
    """A diagram of some items; `name` says what to call an application.

    The arrow is dotted where the link to what it caused is no proof; a record without known effects goes to
    its channel.
    """
    drawn = sequence(items)
    ids = {who: f"a{number}" for number, who in enumerate(drawn.participants)}
    ends = dict.fromkeys(arrow.item.first.channel for arrow in drawn.arrows if not arrow.targets)
    channels = {channel: f"c{number}" for number, channel in enumerate(ends)}
    lines = ["sequenceDiagram"]
    lines += [f"    participant {ids[who]} as {_text(_called(who, name))}" for who in drawn.participants]
    lines += [f"    participant {ids_} as {_text(_place(channel))}" for channel, ids_ in channels.items()]
    for arrow in drawn.arrows:
        first, source = arrow.item.first, ids[arrow.source]
        if (lost := first.missing) is not None:
            lines.append(f"    Note over {source}: {_text(f'{lost.name} is not captured. {lost.why}')}")
        words = _text(_words(arrow.item))
        if not arrow.targets:
            lines.append(f"    {source}-){channels[first.channel]}: {words}")
        for number, target in enumerate(arrow.targets):
            end = f"{_style(target.ground)}{ids[target.participant]}"
            lines.append(f"    {source}{end}: {'the same' if number else words}")
    return "\n".join([*lines, ""])


def _style(ground: Ground) -> str:
    sure = CONFIDENCE[ground]
    return "->>" if sure >= CERTAIN else "-->>" if sure >= LIKELY else "--)"


def _words(item: Item) -> str:
    first = item.first
    what = first.type or "record"
    if len(item.steps) > 1:
        what += f" × {len(item.steps)}"
    low, high = item.laps
    parts = [f"{what} on {first.channel.name}"]
    if high > 1:
        parts.append(f"lap {high}" if low == high else f"laps {low} to {high}")
    if item.latency_ns is not None:
        parts.append(f"after {item.latency_ns / 1e6:.0f} ms")
    if item.ground in (Ground.FLOW, Ground.GUESS):
        parts.append(WORDS[item.ground])
    return ", ".join(parts)


def _called(who: Participant, name: Callable[[ApplicationId], str]) -> str:
    return UNKNOWN if who is None else name(who)


def _place(channel: ChannelId) -> str:
    return f"{channel.kind} {channel.name}"


def _text(words: str) -> str:
    return _SPECIAL.sub(lambda found: f"#{ord(found.group())};", words)
