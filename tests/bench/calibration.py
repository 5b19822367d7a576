"""Confidence against the truth of random worlds: what is claimed at 0.9 and above is right in at least 97 %
of cases, and at 0.6 to 0.9 in at least 75 %."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence

from inspector.discovery import Discovery
from tests.worlds.generate import world
from tests.worlds.judge import Claim, Verdict, judge
from tests.worlds.observe import play

WORLDS = 150
CERTAIN_RIGHT, LIKELY_RIGHT = 0.97, 0.75


def verdicts(seeds: Iterable[int], programs: int | None = None) -> Iterator[Verdict]:
    """Play the worlds of these seeds, and judge the graph at the end of each."""
    for seed in seeds:
        system, discovery = world(seed, programs), Discovery()
        yield judge(system, discovery.graph(play(system, discovery)))


def share(claims: Sequence[Claim], low: float, high: float = 1.1) -> tuple[int, float]:
    """How many claims lie between two confidences, and which share of them is right: 1 of none."""
    inside = [claim.right for claim in claims if low <= claim.confidence < high]
    return len(inside), sum(inside) / len(inside) if inside else 1.0


def table(name: str, claims: Sequence[Claim]) -> Iterator[str]:
    """A line for each tenth of confidence, with the reliability curve as bars, then the two bounds."""
    yield f"{name}: {len(claims)} claims"
    yield "  confidence   claims    said   right"
    for tenth in range(10):
        low, high = tenth / 10, (tenth + 1) / 10 if tenth < 9 else 1.1
        inside = [claim for claim in claims if low <= claim.confidence < high]
        if inside:
            said, right = _said_and_right(inside)
            bar, at = f"{'#' * round(30 * right):<30}|", min(round(30 * said), 29)
            figures = f"{low:.1f} to {min(high, 1.0):.1f} {len(inside):8} {said:7.3f} {right:7.3f}"
            yield f"  {figures}  {bar[:at]}:{bar[at + 1 :]}"
    for low, high, bound in ((0.9, 1.1, CERTAIN_RIGHT), (0.6, 0.9, LIKELY_RIGHT)):
        count, right = share(claims, low, high)
        yield f"  {low} to {min(high, 1.0)}: {right:.4f} of {count} right, at least {bound} asked"


def by_technique(claims: Sequence[Claim], most: int = 16) -> Iterator[str]:
    """A line for each set of techniques that claims rest on, the most frequent first."""
    sets: dict[str, list[Claim]] = {}
    for claim in claims:
        sets.setdefault(claim.techniques, []).append(claim)
    yield "  claims    said   right  evidence"
    for techniques, inside in sorted(sets.items(), key=lambda each: -len(each[1]))[:most]:
        said, right = _said_and_right(inside)
        yield f"{len(inside):8} {said:7.3f} {right:7.3f}  {techniques}"


def _said_and_right(claims: Sequence[Claim]) -> tuple[float, float]:
    said = sum(claim.confidence for claim in claims) / len(claims)
    return said, sum(claim.right for claim in claims) / len(claims)


def recall(found: Sequence[Verdict]) -> Iterator[str]:
    """Which share of all true edges is claimed for the right program, whether or not it left any trace."""
    for action in ("send", "receive"):
        truth = [(verdict, edge) for verdict in found for edge in verdict.truth if edge[1] == action]
        at = [verdict.found.get(edge, 0.0) for verdict, edge in truth]
        sure, likely = (sum(each >= low for each in at) / max(len(at), 1) for low in (0.9, 0.6))
        yield f"{action}: of {len(at)} true edges {sure:.3f} named at 0.9 and above, {likely:.3f} at 0.6"


def run() -> Iterator[str]:
    """Many worlds; the bar is the share that is right, the colon what was said."""
    yield from report(list(verdicts(range(WORLDS))))


def report(found: Sequence[Verdict]) -> Iterator[str]:
    """All tables."""
    yield f"{len(found)} worlds"
    edges = [claim for verdict in found for claim in verdict.edges]
    yield from table("An application sends to or receives from a channel", edges)
    yield from by_technique(edges)
    identities = [claim for verdict in found for claim in verdict.identities]
    yield from table("These names are one application", identities)
    unnamed = [claim for verdict in found for claim in verdict.unnamed]
    yield from table("Somebody unnamed sends to a channel", unnamed)
    yield from recall(found)


if __name__ == "__main__":
    for line in report(list(verdicts(range(int(sys.argv[1]))))):
        sys.stdout.write(line + "\n")
