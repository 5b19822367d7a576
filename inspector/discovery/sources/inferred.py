"""Guesses at unnamed senders: who receives one channel may be who sends, shortly after, on another.

- `inferred.key-join`: records without a named sender have the keys that another channel had just before;
- `inferred.value-join`: the same for ids in headers and small bodies;
- `inferred.timing`: they only come at a stable time after those of another channel.

`inspector.discovery.joins` says when that is no chance. What remains is that both have a common cause, or
that another application receives the first channel: so these are guesses, below 0.6, and together no more
than the strongest. Memory is bounded; of much traffic the same share of keys is taken on all channels.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from zlib import crc32

import msgspec

from graph.evidence import LIKELY
from graph.identity import Action, ChannelId
from graph.model import Alias, ApplicationKind
from inspector.conventions.bodies import PLAIN_BYTES, UNREADABLE
from inspector.discovery.digest import Digest
from inspector.discovery.facts import Claim, Report, evidence
from inspector.discovery.joins import Finding, Joins, Stream
from inspector.discovery.names import kind, stem
from inspector.discovery.sources.hints import FAMILY, unnamed, writer
from inspector.discovery.window import SECOND_NS
from inspector.observation import ChannelGone, Observation
from inspector.record import Record
from inspector.traits import Traits

CONFIDENCE = {"key-join": 0.5, "value-join": 0.5, "timing": 0.3}
"""Where one application alone receives the other channel; several share it."""
MOST_CANDIDATES = 3
STEADY_NS = 20 * SECOND_NS
"""How long the same guess must hold before it is told: one that wavers between causes is none."""
SETTLED_NS = 3 * SECOND_NS
"""Records wait so long for others that were written before them and are read after them."""
LIVE_NS = 60 * SECOND_NS
"""Older records are read channel by channel, and their order tells nothing."""
MOST_WAITING = 20_000
MOST_A_SECOND = 1_000
"""More records a second are sampled by their keys."""
MOST_HALVINGS = 20
BODIES_A_SECOND = 400
BODIES_OF_A_CHANNEL = 25
"""In a second; a busy channel must not keep those of the others from being read."""
ALIKE = 0.9
"""Of several causes with about the best share of joins the one with the shortest lag is the direct one."""
MOST_VALUES = 8
_SHORTEST, _LONGEST, _LEAST = 6, 64, 10_000
"""Texts, and numbers, that are likely to be unique."""

_body = msgspec.json.Decoder(dict[str, msgspec.Raw])
_Waiting = tuple[int, int, ChannelId, int, tuple[int, ...], Stream | None]
"""Time, order of arrival, channel, key, values, stream; no key is 0."""


@dataclass
class Inferred:
    """`inferred.*`: reported after the other sources, for it asks who is known."""

    _waiting: list[_Waiting] = field(default_factory=list)
    _order: int = 0
    _looked_ns: int = 0
    _halvings: int = 0
    """Of every 2 to this power keys one is taken."""
    _offered: int = 0
    """Live records since the last look, taken or not."""
    _second: int = 0
    _bodies: Counter[ChannelId] = field(default_factory=Counter)
    """Decoded in this second."""
    _joins: dict[str, Joins] = field(
        default_factory=lambda: {
            "key-join": Joins(),
            "value-join": Joins(),
            "timing": Joins(share=0.8, fewest_tokens=1),
        }
    )
    _told: dict[tuple[str, ChannelId, Stream], tuple[int, Finding]] = field(default_factory=dict)
    """Findings as told, and when first: they are told anew when they have half as many joins more."""

    def see(self, observation: Observation, now_ns: int) -> None:
        """Forget a deleted channel."""
        if isinstance(observation, ChannelGone):
            for joins in self._joins.values():
                joins.forget(observation.channel)

    def see_records(self, digest: Digest, now_ns: int) -> None:
        """Take in live records; those whose writer is not named are streams that a sender is looked for."""
        named = {row.producer_id for row in digest.rows if row.sender is not None}
        oldest_ns, newest_ns = now_ns - LIVE_NS, now_ns + LIVE_NS
        for record, traits in zip(digest.records, digest.traits, strict=True):
            if traits.replay_id is not None or not oldest_ns <= record.timestamp_ns <= newest_ns:
                continue
            self._offered += 1
            key = crc32(record.key) | 1 << 32 if record.key else 0
            if not _taken(key, self._halvings):
                continue
            stream = None
            if traits.origin is None and record.producer_id not in named:
                stream = Stream(digest.channel, record.producer_id)
            self._order += 1
            values = self._values(record, traits, now_ns)
            self._waiting.append((record.timestamp_ns, self._order, digest.channel, key, values, stream))
        if now_ns - self._looked_ns >= SECOND_NS or len(self._waiting) > MOST_WAITING:
            self._look(now_ns)

    def _values(self, record: Record, traits: Traits, now_ns: int) -> tuple[int, ...]:
        """Ids that a record has in common with those that caused it or that it causes."""
        ids = {text for text in (traits.event_id, traits.parent_id, traits.flow_id) if text}
        if record.key is not None and _SHORTEST <= len(record.key) <= _LONGEST:
            ids.add(record.key.decode("utf-8", "replace"))
        if now_ns // SECOND_NS != self._second:
            self._second = now_ns // SECOND_NS
            self._bodies.clear()
        value, bodies = record.value, self._bodies
        if (
            value
            and len(value) <= PLAIN_BYTES
            and value[:1] == b"{"
            and bodies[record.channel] < BODIES_OF_A_CHANNEL
            and bodies.total() < BODIES_A_SECOND
        ):
            bodies[record.channel] += 1
            ids.update(_ids_in(value))
        return tuple(sorted({crc32(text.encode("utf-8", "replace")) for text in ids})[:MOST_VALUES])

    def _look(self, now_ns: int) -> None:
        """Join what has waited long enough, in the order of time."""
        most = max(now_ns - self._looked_ns, SECOND_NS) * MOST_A_SECOND // SECOND_NS
        self._looked_ns = now_ns
        offered, self._offered = self._offered, 0
        until_ns = now_ns if len(self._waiting) > MOST_WAITING else now_ns - SETTLED_NS
        settled = sorted(each for each in self._waiting if each[0] <= until_ns)
        self._waiting = [each for each in self._waiting if each[0] > until_ns][-MOST_WAITING:]
        settled = self._sampled(settled)
        # The last halving keeps out all that have no key.
        if self._halvings and (4 * len(settled) if self._halvings > 1 else offered) < most:
            self._halvings -= 1
        while len(settled) > most and self._halvings < MOST_HALVINGS:
            self._halvings += 1
            settled = self._sampled(settled)
        keys, values, times = (self._joins[name] for name in ("key-join", "value-join", "timing"))
        for at, _, channel, key, ids, stream in settled:
            if key:
                keys.see(at, channel, (key,), stream)
            if ids:
                values.see(at, channel, ids, stream)
            if not self._halvings:
                times.see(at, channel, (0,), stream)

    def _sampled(self, waiting: list[_Waiting]) -> list[_Waiting]:
        return [each for each in waiting if _taken(each[3], self._halvings)]

    def report(self, report: Report, now_ns: int) -> None:
        """Guesses for writers that nothing else names, by the strongest technique that finds any."""
        if now_ns - self._looked_ns >= SECOND_NS:
            self._look(now_ns)
        found: dict[Stream, tuple[str, Finding]] = {}
        for name, joins in self._joins.items():
            for stream, finding in _direct(joins.findings()).items():
                found.setdefault(stream, (name, finding))
        if not found:
            return
        nobodies, receivers = unnamed(report), _receivers(report.claims)
        sends = {(claim.actor, claim.channel) for claim in report.claims if claim.action is Action.SEND}
        before, self._told = self._told, {}
        for stream, (technique, finding) in found.items():
            candidates = receivers.get(finding.cause, {})
            if (
                writer(stream.channel, stream.producer_id) not in nobodies
                or len(candidates) > MOST_CANDIDATES
            ):
                continue
            key = (technique, finding.cause, stream)
            first_ns, told = before.get(key, (now_ns, finding))
            if not told.joins <= 1.5 * finding.joins <= 2.25 * told.joins:
                told = finding
            self._told[key] = (first_ns, told)
            if now_ns - first_ns < STEADY_NS:
                continue
            for alias in candidates.values():
                if (alias, stream.channel) not in sends:
                    confidence = round(CONFIDENCE[technique] / len(candidates), 2)
                    last_ns = max(first_ns, finding.last_ns)
                    sentence = _sentence(technique, told, alias)
                    piece = evidence(f"inferred.{technique}", FAMILY, confidence, first_ns, last_ns, sentence)
                    report.claims.append(Claim(alias, Action.SEND, stream.channel, piece))


def _direct(findings: Iterable[Finding]) -> dict[Stream, Finding]:
    """The cause of each stream that is no cause of a cause."""
    of: dict[Stream, list[Finding]] = {}
    for finding in findings:
        of.setdefault(finding.stream, []).append(finding)
    return {
        stream: min(
            (each for each in causes if each.joins >= ALIKE * max(other.joins for other in causes)),
            key=lambda each: (each.lag_ms, -each.joins, each.cause),
        )
        for stream, causes in of.items()
    }


def _taken(key: int, halvings: int) -> bool:
    """Whether a record is among those that are looked at; where there are too many, none without a key is."""
    return halvings == 0 or (key != 0 and key & ((1 << halvings) - 1) == 0)


def _ids_in(value: bytes) -> Iterator[str]:
    """Texts with digits and large numbers at the top of a JSON object."""
    try:
        body = _body.decode(value)
    except UNREADABLE:
        return
    for raw in body.values():
        text = bytes(raw)
        if text[:1] == b'"':
            text = text[1:-1]
            if _SHORTEST <= len(text) <= _LONGEST and any(48 <= byte <= 57 for byte in text):
                yield text.decode("utf-8", "replace")
        elif text.isdigit() and int(text[:20]) >= _LEAST:
            yield text.decode()


def _receivers(claims: Iterable[Claim]) -> dict[ChannelId, dict[str, Alias]]:
    """Who receives each channel, by the stem of the name. What only writes to the outside sends nowhere."""
    found: dict[ChannelId, dict[str, Alias]] = {}
    for claim in claims:
        alias = claim.actor
        if (
            claim.action is Action.RECEIVE
            and claim.evidence.confidence >= LIKELY
            and isinstance(alias, Alias)
            and kind(alias) != ApplicationKind.CONNECTOR
        ):
            name = stem(alias) or alias.value
            known = found.setdefault(claim.channel, {})
            known[name] = min(known.get(name, alias), alias)
    return found


def _sentence(technique: str, finding: Finding, receiver: Alias) -> str:
    lag = f"{finding.lag_ms:.0f} ms" if finding.lag_ms < 1_000 else f"{finding.lag_ms / 1_000:.1f} s"
    cause, effect = finding.cause.name, finding.stream.channel.name
    if technique == "timing":
        followed = f"records on {effect} came {lag} after one on {cause}"
    else:
        what = "keys" if technique == "key-join" else "ids"
        followed = f"{what} on {effect} had been on {cause} about {lag} before"
    return (
        f"{finding.joins:,} of {finding.records:,} {followed}; by chance it would be "
        f"{finding.by_chance:,}. {receiver.value} receives {cause}."
    )
