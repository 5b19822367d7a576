"""What can be copied of a record beside its fields."""

from __future__ import annotations

from shlex import quote

from inspector.record import Record


def kcat_command(record: Record) -> str | None:
    """The command of kcat that prints this record; None where it does not lie in Kafka.

    https://github.com/edenhill/kcat: -C reads, -c1 one record, -e ends there, -J prints all of it as JSON.
    """
    channel, position = record.channel, record.position
    if channel.server.system != "kafka":
        return None
    where = f"-p {position.partition} -o {position.offset}"
    return f"kcat -C -b {quote(channel.server.address)} -t {quote(channel.name)} {where} -c1 -e -J"
