from __future__ import annotations

from pathlib import Path

from graph.identity import ApplicationId, ChannelId, ChannelKind, ServerId
from graph.model import Alias, Application, ApplicationKind, DependencyGraph
from inspector.capture.masks import Mask
from inspector.decode.chain import Decoded
from inspector.decode.sight import Sight
from inspector.record import Position, Record
from inspector.search.completion import Seen
from inspector.store.reader import CaptureReader
from inspector.store.writer import CaptureWriter
from inspector.traits import Traits


def test_what_was_seen_is_offered(tmp_path: Path) -> None:
    channel = ChannelId(ServerId("kafka", "a:1"), ChannelKind.TOPIC, "orders")
    body = b'{"total": 3, "items": [{"sku": "x"}], "a name": null}'
    record = Record(channel, Position(0, 0), 1, b"k", body, (("ce_source", b"/b"), ("traceparent", b"")))
    writer = CaptureWriter.open(tmp_path / "a.evs")
    writer.add([record], [Traits(Alias("source", "/b"), "order.placed")])
    writer.close()
    app = Application(
        ApplicationId("billing"), "billing", ApplicationKind.SERVICE, aliases=(Alias("source", "/b"),)
    )
    reader, seen = CaptureReader(tmp_path / "a.evs"), Seen()
    seen.learn(reader, DependencyGraph(applications={app.id: app}))
    reader.close()

    def offers(text: str) -> list[str]:
        return [each.text for each in seen.complete(text, len(text)).offers]

    assert offers("channel:or") == ["orders"]
    assert offers("type:") == ["order.placed"]
    assert offers("app:") == ["/b", "billing"]
    assert offers("server:a") == ["a:1", "kafka://a:1"]
    assert offers("key:x and header.tr") == ["header.traceparent"]
    assert offers("value.") == ['value["a name"]', "value.items.sku", "value.total"]
    assert offers("value.sk") == ["value.items.sku"]
    assert offers("value.total>") == ["100"]
    completed = seen.complete("not header.ce", 13)
    assert (completed.start, completed.end) == (4, 13)


def test_what_masks_hide_is_not_offered(tmp_path: Path) -> None:
    server = ServerId("kafka", "a:1")
    masked, plain = (ChannelId(server, ChannelKind.TOPIC, name) for name in ("cards", "orders"))
    writer = CaptureWriter.open(tmp_path / "a.evs")

    def add(channel: ChannelId, offset: int, kind: str, sender: str) -> None:
        headers = (("ce_type", kind.encode()), ("ce_source", sender.encode()))
        record = Record(channel, Position(0, offset), offset, None, b"", headers)
        writer.add([record], [Traits(Alias("source", sender), kind)])

    add(masked, 0, "visa.charged", "/alice")
    add(masked, 1, "charged", "/bank")
    add(plain, 0, "order.placed", "/shop")
    add(plain, 1, "charged", "/bank")
    writer.close()
    hidden = [Mask(header="ce_type", channels="cards"), Mask(header="ce_source", channels="cards")]
    reader, seen = CaptureReader(tmp_path / "a.evs"), Seen()
    seen.learn(reader, DependencyGraph(), Sight(hidden))
    assert seen.values("type") == ("charged", "order.placed")
    assert seen.values("app") == ("/bank", "/shop")
    seen.learn(reader, DependencyGraph(), Sight())
    assert "visa.charged" in seen.values("type")
    reader.close()


def test_paths_are_offered_of_what_the_chosen_decoder_reads(tmp_path: Path) -> None:
    channel = ChannelId(ServerId("kafka", "a:1"), ChannelKind.TOPIC, "orders")
    writer = CaptureWriter.open(tmp_path / "a.evs")
    writer.add([Record(channel, Position(0, 0), 1, None, b"total=3", ())], [Traits()])
    writer.close()

    class Pairs(Sight):
        def value(self, record: Record) -> Decoded:
            return Decoded({"total": (record.value or b"")[6:].decode()}, "pairs")

    reader, seen = CaptureReader(tmp_path / "a.evs"), Seen()
    seen.learn(reader, DependencyGraph(), Pairs())
    assert seen.paths == ("total",)
    reader.close()
