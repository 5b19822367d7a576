"""What became of a run, as a document: JSON for programs, and one page of HTML that needs nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from html import escape
from pathlib import Path

import msgspec
from msgspec import Struct

from graph.identity import ChannelId, ServerId
from graph.names import plain
from inspector.errors import InspectorError
from inspector.replay.journal import Journals
from inspector.replay.plan import Plan
from inspector.replay.run import Fortune, Run

FORMAT = "eventscope-replay/1"
"""Of the JSON form; it stays as long as nothing is taken out of it."""


class Landed(Struct, frozen=True):
    """Where records lie now: of one partition."""

    channel: ChannelId
    partition: int
    records: int
    first: int
    last: int
    """Offsets of the first and the last of them; others may lie between."""


class Unsent(Struct, frozen=True):
    """Records that were refused or are in doubt, by the reason."""

    fortune: Fortune
    why: str
    records: int


class Outcome(Struct, frozen=True):
    """What a channel got because of the run, beside what was expected."""

    channel: ChannelId
    expected: float | None
    """None where no plan is at hand."""
    measured: bool
    """Whether branching was measured on all of the way."""
    caused: float
    """Records that were read and come of it."""
    likely: float = 0.0
    """Of them those that only their key or flow speaks for."""


class RunReport(Struct, frozen=True):
    """All that is known of a run."""

    run: Run
    landed: tuple[Landed, ...]
    unsent: tuple[Unsent, ...]
    outcome: tuple[Outcome, ...]
    plan: Plan | None = None


def report_of(journals: Journals, run: Run, plan: Plan | None = None) -> RunReport:
    """Read the journal of a run: seconds for a million records, so not in a thread that must not wait.

    Raises InspectorError.
    """
    landed: dict[tuple[ChannelId, int], list[int]] = {}
    unsent: Counter[tuple[Fortune, str]] = Counter()
    for fate in journals.fates(run.id):
        if fate.position is None:
            unsent[fate.fortune, fate.why] += 1
            continue
        offset = fate.position.offset
        at = landed.setdefault((fate.target, fate.position.partition), [0, offset, offset])
        at[:] = at[0] + 1, min(at[1], offset), max(at[2], offset)
    caused: Counter[ChannelId] = Counter()
    likely: Counter[ChannelId] = Counter()
    for each in run.caused:
        caused[each.channel] += int(each.records)
        likely[each.channel] += 0 if each.measured else int(each.records)
    expected = {each.channel: each for each in (() if plan is None else plan.caused)}
    return RunReport(
        run,
        tuple(Landed(*place, *counts) for place, counts in sorted(landed.items())),
        tuple(Unsent(*which, count) for which, count in unsent.most_common()),
        tuple(
            Outcome(
                channel,
                expected[channel].records if channel in expected else None if plan is None else 0.0,
                channel in expected and expected[channel].measured,
                caused[channel],
                likely[channel],
            )
            for channel in dict.fromkeys((*expected, *caused))
        ),
        plan,
    )


def write(report: RunReport, path: Path) -> None:
    """Write it into a file, whose ending says the form: .json, .html or .htm. Raises InspectorError."""
    check(path)
    data = json(report) if path.suffix.lower() == ".json" else html(report).encode()
    try:
        path.write_bytes(data)
    except OSError as failure:
        raise InspectorError(
            f"{path} cannot be written: {failure.strerror}.", "Name another file."
        ) from failure


def check(path: Path) -> None:
    """Raises InspectorError where no report can be written into such a file."""
    if path.suffix.lower() not in (".json", ".html", ".htm"):
        raise InspectorError(f"{path.name} says no form of a report.", "End it in .html or .json.")
    if not path.absolute().parent.is_dir():
        raise InspectorError(f"There is no folder {path.absolute().parent}.", "Make it, or name another.")


def json(report: RunReport) -> bytes:
    """The whole report; ids in their text form, times in nanoseconds since 1970."""
    told = document(report)
    assert isinstance(told, dict)
    return msgspec.json.format(msgspec.json.encode({"format": FORMAT, **told}), indent=2) + b"\n"


def document(value: object) -> object:
    """A value of replay as JSON has it: ids in their text form."""
    if isinstance(value, (ServerId, ChannelId)):
        return str(value)
    if isinstance(value, Struct):
        found = {name: document(getattr(value, name)) for name in value.__struct_fields__}
        return {**found, "why_not": value.why_not} if isinstance(value, Plan) else found
    if isinstance(value, (tuple, list)):
        return [document(each) for each in value]
    return value


_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8889; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; margin-bottom: .2rem; } h2 { font-size: 1.05rem; margin-top: 2rem; }
p.state { margin-top: 0; } .soft { opacity: .7; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .3rem .9rem .3rem 0; border-bottom: 1px solid var(--line);
  vertical-align: top; overflow-wrap: anywhere; }
th { font-weight: 600; } .n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
"""


def html(report: RunReport) -> str:
    """One page without scripts or anything from elsewhere."""
    run, request = report.run, report.run.request
    target = request.target
    where = (
        target.server.address if target.channel is None else f"{target.server.address}/{target.channel.name}"
    )
    ending = f", channels ending in {target.ending}" if target.ending else ""
    facts = [
        ("From", request.choice.source),
        ("Query", request.choice.query or "none"),
        ("To", where + ending),
        ("Begun", _moment(run.begun_ns)),
        ("Last change", _moment(run.at_ns)),
        ("Sent although warned", request.force_reason or "no"),
        ("Run", run.id),
    ]
    counts = f"{run.sent:,} of {run.total:,} records sent, {run.refused:,} refused, {run.doubtful:,} in doubt"
    parts = [
        f"<h1>Replay to {escape(where)}</h1>",
        f'<p class="state">{escape(run.state.value.capitalize())}: {counts}. {escape(run.message)}</p>',
        _table(("", ""), facts),
        "<h2>What it caused</h2>",
        _table(
            ("Channel", "+Expected", "Expected from", "+Seen"),
            [
                (
                    each.channel.name,
                    "not known" if each.expected is None else f"{each.expected:,.0f}",
                    "measured branching" if each.measured else "rates",
                    f"{each.caused:,.0f}" + (f" ({each.likely:,.0f} by key or flow)" if each.likely else ""),
                )
                for each in report.outcome
            ],
            "Nothing was expected, and nothing was seen that comes of this run.",
        ),
        '<p class="soft">Seen are records that were read and carry the mark of the run, or name one of its '
        "events as their cause; and where records name no cause, those with the key or the flow of one. "
        "What was not read is not among them.</p>",
        "<h2>Where the records lie</h2>",
        _table(
            ("Channel", "+Partition", "+Records", "+First offset", "+Last offset"),
            [
                (
                    each.channel.name,
                    *(f"{n:,}" for n in (each.partition, each.records, each.first, each.last)),
                )
                for each in report.landed
            ],
            "No record was sent.",
        ),
        "<h2>What was not sent</h2>",
        _table(
            ("What", "Why", "+Records"),
            [(each.fortune.value, each.why, f"{each.records:,}") for each in report.unsent],
            "Nothing was refused, and nothing is in doubt.",
        ),
        *_planned(report.plan),
    ]
    title = f"Replay to {escape(where)}"
    head = f'<meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{"".join(parts)}</body></html>\n'


def _planned(plan: Plan | None) -> Iterable[str]:
    if plan is None:
        return
    yield "<h2>Who received them</h2>"
    sides = [
        (plain(each.application), each.channel.name, f"{each.records:,.0f}", each.sentence)
        for each in plan.sides
    ]
    yield _table(("Application", "Through", "+Records", "What is known"), sides, "Nobody that is known.")
    said = [*(each.sentence for each in plan.overridden), *plan.warnings]
    if said:
        yield "<h2>What the plan warned of</h2>"
        yield "<ul>" + "".join(f"<li>{escape(each)}</li>" for each in said) + "</ul>"


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]], none: str = "") -> str:
    """Columns whose names begin with + hold numbers."""
    if not rows:
        return f"<p>{escape(none)}</p>"
    kinds = [' class="n"' if name.startswith("+") else "" for name in columns]
    named = zip(kinds, columns, strict=True)
    head = "".join(f"<th{kind}>{escape(name.removeprefix('+'))}</th>" for kind, name in named)
    lines = (
        "".join(f"<td{kind}>{escape(cell)}</td>" for kind, cell in zip(kinds, row, strict=True))
        for row in rows
    )
    top = f"<tr>{head}</tr>" if any(columns) else ""
    return f"<table>{top}{''.join(f'<tr>{line}</tr>' for line in lines)}</table>"


def _moment(at_ns: int) -> str:
    return datetime.fromtimestamp(at_ns // 10**9, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
