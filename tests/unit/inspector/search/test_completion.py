from __future__ import annotations

from pathlib import Path

from graph.identity import ApplicationId, ChannelId, ChannelKind, ServerId
from graph.model import Alias, Application, ApplicationKind, DependencyGraph
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
