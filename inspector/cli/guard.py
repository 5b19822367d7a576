"""Carries out a check: looks, judges, answers, and tells alerts while it watches."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import orjson

from graph.identity import ServerId
from graph.model import DependencyGraph, Finding
from graph.topology import moment
from inspector.check.baseline import Baseline, read
from inspector.check.baseline import written as baseline_of
from inspector.check.junit import junit
from inspector.check.report import CLEAN, COULD_NOT_LOOK, Report, everything, judged
from inspector.check.rules import BROKEN, DEFAULT, OF_STATUS, RULES, UNACKNOWLEDGED, FailOn
from inspector.check.sarif import sarif
from inspector.check.targets import Targets
from inspector.check.words import document, shown, words
from inspector.cli.check import WEBHOOK, Format
from inspector.cli.look import LOOK_S, UNTIL_STOPPED, Look, connects, first_line, put, servers
from inspector.cli.terminal import Terminal
from inspector.errors import InspectorError
from inspector.loops.acknowledged import unfitting
from inspector.loops.alerts import Alert, Alerts
from inspector.project.file import ProjectFile
from inspector.webhook import Webhook


@dataclass
class Guard:
    """What was asked for, as the options of `eventscope check` have it."""

    written: list[str]
    fail_on: list[str]
    baseline: Path | None
    write_baseline: Path | None
    project: Path | None
    seconds: float | None
    form: Format
    output: Path | None
    watch: bool
    webhook: str | None
    password_stdin: bool
    terminal: Terminal

    def list_rules(self) -> int:
        """Print the catalogue."""
        width = max(map(len, RULES))
        lines = (f"{rule.name:{width}}  {rule.severity:7}  {rule.sentence}\n" for rule in RULES.values())
        put("".join(lines), self.output, self.terminal)
        return CLEAN

    def run(self) -> int:
        """Check, and give the exit code; raises InspectorError."""
        if self.webhook and not self.watch:
            raise InspectorError("A webhook is told of alerts, and those come with --watch.", "Add --watch.")
        decided = None if self.project is None else ProjectFile.open(self.project)
        targets = Targets.of(self.written or servers(decided), decided)
        if self.watch and not targets.urls:
            raise InspectorError("Only servers can be watched.", "Name one such as kafka://localhost:9092.")
        fail = _fail_on(self.fail_on or targets.project.check.fail_on or DEFAULT)
        known = None if self.baseline is None else read(self.baseline)
        watcher = _Watcher(self.terminal, self.form, fail, known) if self.watch else None
        live, troubles = self._live(targets, watcher)
        for sentence in troubles:
            self.terminal.complain(sentence)
        unseen = live is not None and not live.servers and not targets.files
        if unseen and self.form is Format.TEXT and self.output is None:
            return COULD_NOT_LOOK  # its reasons were told; a file or a program is told that nothing was seen
        graph = targets.graph(live, time.time_ns())
        for sentence in unfitting(graph, targets.project):
            self.terminal.complain(shown(sentence))
        if self.write_baseline is not None and not troubles:
            put(baseline_of(graph, everything(graph, fail)).decode(), self.write_baseline, self.terminal)
            return CLEAN
        report = judged(
            graph, targets.looked_at, fail, baseline=known, places=targets.places(), troubles=troubles
        )
        report = replace(report, alerted=watcher is not None and watcher.alerted)
        put(self._answer(report, targets), self.output, self.terminal)
        return report.exit_code

    def _live(self, targets: Targets, watcher: _Watcher | None) -> tuple[DependencyGraph | None, list[str]]:
        """What was seen on servers, where there are any, and why some of them could not be looked at."""
        if not targets.urls:
            return None, []
        commands = connects(targets.urls, first_line(self.password_stdin), self.terminal)
        seconds = self.seconds or (LOOK_S if watcher is None else UNTIL_STOPPED)
        look = Look(targets.use, commands, seconds, self.terminal, watcher)
        graph, troubles = asyncio.run(self._looked(look, watcher))
        return graph, list(troubles.values())

    async def _looked(
        self, look: Look, watcher: _Watcher | None
    ) -> tuple[DependencyGraph, dict[ServerId, str]]:
        url = self.webhook or os.environ.get(WEBHOOK)
        if watcher is None or not url:
            return await look.take()
        async with Webhook(url, self.terminal.complain) as webhook:
            watcher.webhook = webhook
            return await look.take()

    def _answer(self, report: Report, targets: Targets) -> str:
        match self.form:
            case Format.TEXT:
                return words(report, whole=self.terminal.verbose)
            case Format.JUNIT:
                return junit(report)
            case Format.JSON:
                made = document(report)
            case Format.SARIF:
                decided = targets.decided
                made = sarif(report, _version(), decided.path if decided else next(iter(targets.files), None))
        return orjson.dumps(made, option=orjson.OPT_INDENT_2).decode() + "\n"


@dataclass
class _Watcher:
    """Prints alerts when they come, and hands them on: those that fail the check and the baseline lacks."""

    terminal: Terminal
    form: Format
    fail: FailOn
    baseline: Baseline | None
    webhook: Webhook | None = None
    alerted: bool = False
    _alerts: Alerts = field(default_factory=Alerts)

    def __call__(self, graph: DependencyGraph) -> None:
        for alert in self._alerts.look(graph):
            if self._counts(graph, alert):
                self._tell(alert)

    def _counts(self, graph: DependencyGraph, alert: Alert) -> bool:
        loop = alert.loop
        rules = [RULES[BROKEN if loop.broken_limit else OF_STATUS[alert.level]]]
        if loop.acknowledged is None:
            rules.append(RULES[UNACKNOWLEDGED])
        findings = [Finding(rule.name, rule.severity, loop.id, alert.message) for rule in rules]
        news = findings if self.baseline is None else self.baseline.news(graph, findings)
        return any(self.fail.fails(each) for each in findings if each in news)

    def _tell(self, alert: Alert) -> None:
        self.alerted = True
        line = shown(f"{moment(alert.at_ns)} {alert.message}")
        if self.form is Format.TEXT:
            put(f"{line}\n", None, self.terminal)
        else:
            self.terminal.complain(line)
        if self.webhook is not None:
            self.webhook.put(alert.document())


def _fail_on(names: Iterable[str]) -> FailOn:
    try:
        return FailOn.of(names)
    except ValueError as unknown:
        raise InspectorError(f"{unknown}.", "eventscope check --list-rules lists them all.") from unknown


def _version() -> str:
    try:
        return version("eventscope")
    except PackageNotFoundError:
        return "0"
