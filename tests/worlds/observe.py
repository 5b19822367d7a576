"""What an adapter sees of a world over some minutes: the same observations as the Kafka adapter yields."""

from __future__ import annotations

import random
from collections.abc import Iterator

from graph.identity import Action
from graph.model import Unavailable
from inspector.discovery import Discovery
from inspector.discovery.sources.exactly_once import OFFSETS_TOPIC, offsets_partition
from inspector.observation import (
    BatchSeen,
    ChannelSeen,
    CommitSeen,
    GroupSeen,
    Member,
    NotVisible,
    Observation,
    OffsetsCommitted,
    OffsetsSeen,
    Permission,
    PermissionsSeen,
    ProducerSeen,
    RecordsSeen,
    ServerSeen,
    TransactionSeen,
)
from inspector.record import Headers, Position, Record
from tests.worlds.model import SERVER, Mode, Output, Program, World, topic

SECOND_NS = 1_000_000_000
BEGIN_NS = 1_800_000_000 * SECOND_NS
ROUND_S = 50
ROUNDS = 6
OFFSETS_PARTITIONS = 50


class _Play:
    def __init__(self, world: World) -> None:
        self.world = world
        self.rng = random.Random(world.seed + 1)
        self.now_ns = BEGIN_NS
        self.ends = dict.fromkeys(world.topics, 0)
        self.sequences: dict[tuple[int, str], tuple[int, int]] = {}
        """Of each producer id on each topic: last sequence number and when."""
        self.lying: list[tuple[str, Record]] = []
        """Records that were not told yet."""
        self.originals: dict[str, list[Record]] = {}
        self.events = 0
        self.age_ns = {
            program.name: int(self.rng.uniform(0.1, 30) * 3600 * SECOND_NS)
            if program.retired or program.quiet
            else 0
            for program in world.programs
        }

    def rounds(self) -> Iterator[list[Observation]]:
        """What is seen at each look; the first is the most."""
        self._write(4, past=True)
        sight = self.world.sight
        first: list[Observation] = [ServerSeen(SERVER, "broker", "4.1")]
        first.append(ChannelSeen(topic(OFFSETS_TOPIC), OFFSETS_PARTITIONS, internal=True))
        first += [ChannelSeen(topic(name), 1) for name in self.world.topics]
        for subject, seen in (("receivers", sight.groups), ("transactional ids", sight.transactions)):
            if not seen:
                refusal = Unavailable(subject, "It is refused.", "Allow it.")
                first.append(NotVisible(refusal, SERVER, groups=subject == "receivers"))
        yield first + self._looks() + self._permissions()
        for number in range(1, ROUNDS + 1):
            self.now_ns += ROUND_S * SECOND_NS
            for program in self.world.programs:
                if (
                    program.restarts_at is not None
                    and (number - 1) * ROUND_S <= program.restarts_at < number * ROUND_S
                ):
                    self._restart(program)
            self._write(self.rng.choice([1, 2]))
            yield self._looks()

    def _restart(self, program: Program) -> None:
        """Idempotent instances get new producer ids, transactional ones keep theirs."""
        if program.mode is Mode.IDEMPOTENT and not program.retired:
            count = len(program.producer_ids)
            newest = max(each for other in self.world.programs for each in [0, *other.producer_ids])
            program.producer_ids.clear()
            for number in range(count):
                program.producer_ids.append(newest + 1 + number)
                self.world.own_id(program, newest + 1 + number)

    # Writing

    def _write(self, most: int, past: bool = False) -> None:
        copying: list[tuple[Program, Output]] = []
        for program in self.world.programs:
            if (program.retired or program.quiet) and not past:
                continue
            for output in program.outputs:
                if output.copies is not None:
                    copying.append((program, output))
                    continue
                count = self.rng.randint(1, most) if not output.sources else max(most, len(output.sources))
                for number in range(count):
                    headers = (
                        output.sources[number % len(output.sources)] if output.sources else output.headers
                    )
                    self._record(program, output, headers, output.numbered, past)
        for program, output in copying:
            assert output.copies is not None
            for record in self.originals.pop(output.copies, []):
                self._append(
                    program,
                    output.topic,
                    record.headers,
                    record.timestamp_ns + self.rng.choice([0, 3_000_000]),
                )
        self.originals.clear()

    def _record(self, program: Program, output: Output, headers: Headers, numbered: bool, past: bool) -> None:
        if numbered:
            self.events += 1
            headers = (*headers, ("ce_id", b"%d" % self.events))
        if output.dead_letters is not None:
            self.events += 1
            headers = (*headers, ("kafka_dlt-original-offset", self.events.to_bytes(8, "big")))
        ago_ns = self.age_ns[program.name] + (int(self.rng.expovariate(1 / 600) * SECOND_NS) if past else 0)
        record = self._append(
            program, output.topic, headers, self.now_ns - ago_ns - self.rng.randint(0, SECOND_NS)
        )
        self.originals.setdefault(output.topic, []).append(record)

    def _append(self, program: Program, where: str, headers: Headers, timestamp_ns: int) -> Record:
        producer_id = self.rng.choice(program.producer_ids) if program.producer_ids else -1
        offset = self.ends[where]
        self.ends[where] = offset + 1
        record = Record(
            topic(where), Position(0, offset), timestamp_ns, b"k", b"x", headers, False, producer_id
        )
        if producer_id >= 0:
            last, _ = self.sequences.get((producer_id, where), (-1, 0))
            self.sequences[producer_id, where] = (last + 1, timestamp_ns)
        self.lying.append((where, record))
        return record

    # Looking

    def _looks(self) -> list[Observation]:
        unreadable, seen = self.world.sight.unreadable, list[Observation]()
        seen += [OffsetsSeen(topic(name), {0: 0}, {0: end}) for name, end in self.ends.items()]
        if self.world.sight.groups:
            seen += self._groups()
        for (producer_id, where), (last, at_ns) in self.sequences.items():
            if where not in unreadable and self.now_ns - at_ns < 24 * 3600 * SECOND_NS:
                seen.append(ProducerSeen(topic(where), 0, producer_id, 0, last, at_ns))
        seen += self._transactions()
        by_topic: dict[str, list[Record]] = {}
        for where, record in self.lying:
            if where not in unreadable and self.now_ns - record.timestamp_ns < 7 * 86_400 * SECOND_NS:
                by_topic.setdefault(where, []).append(record)
        self.lying.clear()
        for where, records in by_topic.items():
            for each in records:
                seen.append(_batch(each))
            seen.append(RecordsSeen(topic(where), tuple(records)))
        return seen

    def _groups(self) -> list[Observation]:
        seen: list[Observation] = []
        for program in self.world.programs:
            for group in program.groups:
                members: tuple[Member, ...] = ()
                if not group.commits_only and not program.retired:
                    channels = tuple(topic(name) for name in group.topics)
                    members = tuple(
                        Member(f"{client}-{number}", client, host, channels)
                        for number, (client, host) in enumerate(zip(group.clients, group.hosts, strict=True))
                    )
                state = "Stable" if members else "Empty"
                kind = "offsets" if group.commits_only else group.kind
                seen.append(GroupSeen(SERVER, group.name, kind, state, members))
                offsets = tuple(
                    (topic(name), {0: 0 if program.retired else self.ends[name]}) for name in group.topics
                )
                seen.append(OffsetsCommitted(SERVER, group.name, offsets))
                if self.world.sight.commit_log and not program.retired:
                    producer_id = program.producer_ids[0] if program.mode is Mode.EXACTLY_ONCE else -1
                    seen += [
                        CommitSeen(SERVER, group.name, topic(name), producer_id, self.now_ns)
                        for name in group.topics
                    ]
        return seen

    def _transactions(self) -> list[Observation]:
        seen: list[Observation] = []
        for program in self.world.programs:
            for name, producer_id in zip(program.transactional_ids, program.producer_ids, strict=False):
                if self.world.sight.transactions:
                    seen.append(TransactionSeen(SERVER, name, producer_id, "CompleteCommit"))
                if program.mode is Mode.EXACTLY_ONCE and not program.retired:
                    for group in program.groups:
                        partition = offsets_partition(group.name, OFFSETS_PARTITIONS)
                        last = (self.now_ns - BEGIN_NS) // SECOND_NS
                        where = topic(OFFSETS_TOPIC)
                        seen.append(ProducerSeen(where, partition, producer_id, 0, last, self.now_ns))
        return seen

    def _permissions(self) -> list[Observation]:
        if not self.world.sight.permissions:
            return []
        permissions = {
            Permission(program.principal, action, where, False)
            for program in self.world.programs
            if program.principal is not None
            for action, where in program.does()
        }
        for program in self.world.programs:
            # What somebody thought that it may need one day.
            for _ in range(self.rng.choice([0, 0, 1, 2, 4]) if program.principal is not None else 0):
                action, name = self.rng.choice(list(Action)), self.rng.choice(self.world.topics)
                permissions.add(Permission(program.principal or "", action, name, False))
        return [PermissionsSeen(SERVER, tuple(sorted(permissions, key=str)))]


def _batch(record: Record) -> BatchSeen:
    return BatchSeen(
        record.channel, 0, record.position.offset, 1, 100, record.timestamp_ns, record.producer_id, 0,
        0, False, False, "none",
    )  # fmt: skip


def play(world: World, discovery: Discovery) -> int:
    """Tell a world to a discovery; the time at the end, in nanoseconds."""
    playing = _Play(world)
    for seen in playing.rounds():
        discovery.fold(seen, playing.now_ns)
    return playing.now_ns
