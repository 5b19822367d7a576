from __future__ import annotations

from importlib.metadata import EntryPoint

from inspector.decode.plugins import GROUP, loaded


def test_a_faulty_plug_in_is_left_out_and_named() -> None:
    points = [
        EntryPoint("none", "inspector.decode.nowhere:Nothing", GROUP),
        EntryPoint("good", "inspector.decode.json:Json", GROUP),
        EntryPoint("wrong", "inspector.decode.json:BOM", GROUP),
    ]
    plugins = loaded(points)
    assert [decoder.name for decoder in plugins.decoders] == ["JSON"]
    assert len(plugins.faults) == 2
    assert plugins.faults[0].startswith("The decoder none (inspector.decode.nowhere:Nothing) is left out: ")
