from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from inspector.connection import parse
from inspector.link import Connect, PrivateMoved, Report
from inspector.replay.private import PrivateKafka


def _folders(parent: Path) -> list[Path]:
    return list(parent.glob("eventscope-kafka-*"))


@pytest.mark.kafka
async def test_it_is_started_once_connected_to_and_gone_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    reports: list[Report] = []
    connects: list[Connect] = []

    async def connect(command: Connect) -> None:
        connects.append(command)

    private = PrivateKafka(reports.append, connect)
    try:
        await asyncio.gather(private.start(), private.start())
        first, second = connects
        assert first == second
        server = parse(first.url).server
        assert reports[-1] == PrivateMoved(server)
        assert [each.message for each in reports if isinstance(each, PrivateMoved) and each.message]
        host, port = server.address.split(":")
        _, writer = await asyncio.open_connection(host, int(port))
        writer.close()
        await writer.wait_closed()
        assert _folders(tmp_path)
    finally:
        await asyncio.to_thread(private.close)
    assert not _folders(tmp_path)
    with pytest.raises(OSError):
        await asyncio.open_connection(host, int(port))


async def test_why_it_cannot_be_had_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("inspector.demo.broker.ROOM", 2**62)
    reports: list[Report] = []

    async def connect(command: Connect) -> None:
        raise AssertionError(command)

    private = PrivateKafka(reports.append, connect)
    await private.start()
    told = reports[-1]
    assert isinstance(told, PrivateMoved)
    assert told.failed
    assert "MB free" in told.message
    private.close()
