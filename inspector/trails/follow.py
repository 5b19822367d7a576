"""Follows one record of a capture to its causes and effects, nearest first, up to a number of records."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator

from graph.model import DependencyGraph
from graph.names import plain
from inspector.trails.causes import Cause, Causes
from inspector.trails.ground import Ground
from inspector.trails.missing import Absence
from inspector.trails.records import Looked, Records, Seen
from inspector.trails.service import with_waits
from inspector.trails.trail import Missing, Step, Trail
from inspector.trails.ways import Hop, Ways

MOST = 1_000
"""Records that a trail has unless more are asked for."""
LOOSE = 50
"""Records of the same flow at most that nothing links to the others."""


def follow(
    records: Records,
    graph: DependencyGraph,
    row: int,
    *,
    most: int = MOST,
    guesses: bool = True,
    stop: Callable[[], bool] = lambda: False,
) -> Trail | None:
    """The trail of a row: its causes back to the first, all that this set off, and what else is of its flow.

    None where the row cannot be read, or `stop` said so on the way.
    """
    looked = Looked(records)
    start = looked.one(row)
    if start is None:
        return None
    ways = Ways(graph)
    walk = _Walk(looked, Causes(looked, ways, guesses=guesses), start, most, stop)
    return with_waits(_Told(walk, ways).trail(), looked, ways) if walk.run() else None


class _Walk:
    """Collects the records: the causes of the first one, its effects, then those of its causes."""

    def __init__(
        self, looked: Looked, causes: Causes, start: Seen, most: int, stop: Callable[[], bool]
    ) -> None:
        self.looked, self.causes, self.start = looked, causes, start
        self._most, self._stop = most, stop
        self.taken: dict[int, Seen] = {start.row: start}
        self.cause: dict[int, Cause] = {}
        """By row; what would close a circle is left out."""
        self.loose: set[int] = set()
        self.left: set[int] = set()
        """Rows that are linked and were not taken."""
        self.unknown = False
        """Whether the effects of some records were not looked for."""

    def run(self) -> bool:
        """False where it was stopped."""
        line = self._backwards()
        for begin in line:
            if not self._forwards(begin):
                return False
        self._take_flow()
        return not self._stop()

    def _backwards(self) -> list[Seen]:
        """The record, its cause, the cause of that, and so on."""
        line = [self.start]
        while (cause := self.causes.of(line[-1])) is not None and cause.seen.row not in self.taken:
            if len(line) >= self._most:
                self.left.add(cause.seen.row)
                break
            self.cause[line[-1].row] = cause
            self.taken[cause.seen.row] = cause.seen
            line.append(cause.seen)
        return line

    def _forwards(self, begin: Seen) -> bool:
        waiting = deque([begin])
        while waiting:
            if self._stop():
                return False
            if len(self.taken) >= self._most and self.left:
                self.unknown = True
                return True
            seen = waiting.popleft()
            effects, whole = self.causes.effects(seen)
            self.unknown |= not whole
            for effect in effects:
                if effect.row in self.taken:
                    continue
                if len(self.taken) >= self._most:
                    self.left.add(effect.row)
                    continue
                self.taken[effect.row] = effect
                self.cause[effect.row] = Cause(seen, self._ground(effect))
                waiting.append(effect)
        return True

    def _ground(self, effect: Seen) -> Ground:
        cause = self.causes.of(effect)
        assert cause is not None
        return cause.ground

    def _take_flow(self) -> None:
        """What else is of the flow, each the beginning of a trail of its own."""
        flow = self.start.traits.flow_id
        if flow is None:
            return
        rest = [row for row in self.looked.of_flow(flow).rows.tolist() if row not in self.taken]
        room = min(LOOSE, self._most - len(self.taken))
        for seen in self.looked.every(rest[: 2 * LOOSE]):
            if seen.row in self.taken or seen.row in self.left:
                continue
            if room > 0:
                self.taken[seen.row] = seen
                self.loose.add(seen.row)
                room -= 1
                continue
            self.left.add(seen.row)
        self.left.update(rest[2 * LOOSE :])


class _Told:
    """Makes a value of what was collected."""

    def __init__(self, walk: _Walk, ways: Ways) -> None:
        self._walk = walk
        self._ways = ways
        self._absence = Absence(walk.looked.records, ways)
        self._effects = Counter(cause.seen.row for cause in walk.cause.values())
        self._depth: dict[int, int] = {}
        self._laps: dict[int, Counter[object]] = {}

    def trail(self) -> Trail:
        walk = self._walk
        ordered = list(self._ordered())
        return Trail(
            walk.start.row, tuple(map(self._step, ordered)), len(walk.left), more_unknown=walk.unknown
        )

    def _ordered(self) -> Iterator[Seen]:
        """By time, and every cause before its effects although clocks may tell otherwise."""
        when: dict[int, tuple[int, int, int]] = {}
        walk = self._walk
        for seen in walk.taken.values():
            line = [seen]
            while line[-1].row not in when and (cause := walk.cause.get(line[-1].row)) is not None:
                line.append(cause.seen)
            for each in reversed(line):
                if each.row in when:
                    continue
                before = walk.cause.get(each.row)
                depth, time_ns = 0, each.time_ns
                if before is not None:
                    least, above, _ = when[before.seen.row]
                    depth, time_ns = above + 1, max(least, time_ns)
                when[each.row] = time_ns, depth, each.row
        self._depth = {row: depth for row, (_, depth, _) in when.items()}
        yield from sorted(walk.taken.values(), key=lambda seen: when[seen.row])

    def _step(self, seen: Seen) -> Step:
        walk, said = self._walk, seen.traits
        cause = walk.cause.get(seen.row)
        before = self._laps.get(cause.seen.row) if cause else None
        laps = self._laps[seen.row] = Counter(before)
        laps[seen.channel] += 1
        if cause is None:
            sender = self._ways.sender(seen.channel, said.sender)
            hop = Hop(sender, (), self._ways.sent(sender, seen.channel))
        else:
            hop = self._ways.hop(cause.seen.channel, seen.channel, said.sender)
        lost = walk.causes.lost(seen)
        return Step(
            row=seen.row,
            channel=seen.channel,
            position=seen.position,
            time_ns=seen.time_ns,
            size=seen.size,
            type=said.type,
            event_id=said.event_id,
            sender=said.sender,
            application=hop.application,
            possible=hop.possible,
            parent=cause.seen.row if cause else None,
            ground=cause.ground if cause else None,
            why=_why(seen, cause) if cause else "",
            edges=hop.edges,
            routed=hop.routed,
            latency_ns=seen.time_ns - cause.seen.time_ns if cause else None,
            depth=self._depth[seen.row],
            lap=laps[seen.channel],
            loose=seen.row in walk.loose,
            replayed=said.replay_id is not None,
            missing=None if lost is None else Missing(lost.name, self._absence.why(seen, lost)),
            receivers=() if self._effects[seen.row] else self._ways.receivers(seen.channel),
        )


def _why(seen: Seen, cause: Cause) -> str:
    """One sentence about a link that a person can check."""
    said, before = seen.traits, cause.seen
    where = f"{plain(before.channel)} {before.position}"
    match cause.ground:
        case Ground.POINTER:
            return f"It names the event {said.parent_id} as its cause, which is on {where}."
        case Ground.POSITION:
            return f"It says that it was copied from {where}."
        case Ground.COUNTER if said.step is not None:
            return f"It counts step {said.step} of flow {said.flow_id}; step {said.step - 1} is on {where}."
        case Ground.COUNTER:
            return f"It is the event of {where} again, and counts try {said.attempt}."
        case Ground.TRANSACTION:
            return f"It was written in the transaction that committed {where} as read."
        case Ground.FLOW if said.event_id is not None and said.event_id == before.traits.event_id:
            return f"It has the same event id as {where}: {said.event_id}. Strong, and no proof."
        case Ground.FLOW:
            return f"It shares {said.flow_id} with {where}, the newest before it. Strong, and no proof."
        case Ground.GUESS:
            return f"It has the key of {where}, the newest before it there. No more than a guess."
