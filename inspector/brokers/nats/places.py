"""Which channel a subject is: itself, the pattern of its stream where there are too many, or the stream.

A subject is where senders and receivers meet, so it is the channel of a record; a stream keeps what came
over its subjects. What a stream copied from another lies in the stream alone.
"""

from __future__ import annotations

from collections.abc import Iterable

from graph.identity import ChannelId, ChannelKind, ServerId
from inspector.brokers.nats.streams import Stream
from inspector.brokers.nats.subjects import covered, covers, is_pattern

MOST_SUBJECTS = 2_000
"""A stream with more of them has devices or keys in their names: its patterns are the channels then."""
MOST_RECEIVED = 50
"""A reader of more subjects of one stream is shown to receive the stream."""


class Places:
    """Streams and subjects as they are known now."""

    def __init__(self, server: ServerId) -> None:
        self._server = server
        self.streams: dict[str, Stream] = {}
        self.counts: dict[str, dict[str, int]] = {}
        """Messages of each subject of a stream."""
        self._core: dict[str, None] = {}
        self._found: dict[tuple[str, str], ChannelId] = {}

    def subject(self, name: str) -> ChannelId:
        """A subject, or a pattern of subjects, as a channel."""
        return ChannelId(self._server, ChannelKind.SUBJECT, name)

    def stream(self, name: str) -> ChannelId:
        """A stream as a channel."""
        return ChannelId(self._server, ChannelKind.STREAM, name)

    def replace(self, streams: Iterable[Stream]) -> None:
        """These are all streams there are."""
        self.streams = {stream.name: stream for stream in streams}
        for name in self.counts.keys() - self.streams.keys():
            del self.counts[name]
        self._found.clear()

    def count(self, stream: str, subjects: dict[str, int]) -> None:
        """How many messages of each subject lie in a stream now."""
        if self.counts.get(stream, {}).keys() != subjects.keys():
            self._found.clear()
        self.counts[stream] = subjects

    def hear(self, subject: str) -> None:
        """A subject without a stream is spoken on."""
        self._core[subject] = None

    def channel(self, stream: Stream, subject: str) -> ChannelId:
        """The channel of a message that lies in a stream."""
        key = stream.name, subject
        found = self._found.get(key)
        if found is None:
            pattern = next((each for each in stream.subjects if covers(each, subject)), None)
            if pattern is None:
                found = self.stream(stream.name)
            elif len(self.counts.get(stream.name, ())) > MOST_SUBJECTS:
                found = self.subject(pattern)
            else:
                found = self.subject(subject)
            self._found[key] = found
        return found

    def keeper(self, channel: ChannelId) -> Stream | None:
        """The stream in which the records of a channel lie; None for a core subject."""
        if channel.kind is ChannelKind.STREAM:
            return self.streams.get(channel.name)
        return next(
            (
                stream
                for stream in self.streams.values()
                if any(covers(pattern, channel.name) for pattern in stream.subjects)
            ),
            None,
        )

    def kept(self, stream: Stream) -> list[ChannelId]:
        """The channels whose records a stream keeps, itself where it copies."""
        subjects = self.counts.get(stream.name, {})
        literal = [each for each in stream.subjects if not is_pattern(each)]
        found = dict.fromkeys(self.channel(stream, each) for each in (*literal, *subjects))
        return list(found)

    def received(self, stream: Stream, filters: tuple[str, ...]) -> list[ChannelId]:
        """What a reader of a stream receives."""
        own = [each for each in self.kept(stream) if each.kind is ChannelKind.SUBJECT]
        if filters:
            names = {each.name: each for each in own}
            fitting = [names[name] for name in covered(filters, list(names))]
            if not fitting and not stream.copies:
                return [self.subject(each) for each in filters]
        else:
            fitting = own
        if stream.copies or not fitting or len(fitting) > MOST_RECEIVED:
            return [self.stream(stream.name)]
        return fitting

    def known(self) -> list[str]:
        """All subjects that are known by their full names."""
        kept = (each.name for stream in self.streams.values() for each in self.kept(stream))
        return list(dict.fromkeys((*kept, *self._core)))

    def core(self, patterns: Iterable[str]) -> list[str]:
        """Those of some subjects or patterns that no stream keeps."""
        kept = [each for stream in self.streams.values() for each in stream.subjects]
        return [each for each in patterns if not any(covers(pattern, each) for pattern in kept)]

    def listened(self, pattern: str) -> list[ChannelId]:
        """The channels that a subscription brings messages from; the pattern itself where none is known."""
        if not is_pattern(pattern):
            keeper = self.keeper(self.subject(pattern))
            return [self.subject(pattern) if keeper is None else self.channel(keeper, pattern)]
        fitting = covered([pattern], self.known())[:MOST_SUBJECTS]
        return [self.subject(each) for each in fitting] or [self.subject(pattern)]
