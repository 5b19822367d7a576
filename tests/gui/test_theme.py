"""The palette against the figures of the style sheet, recomputed from the colours."""

from __future__ import annotations

from dataclasses import fields
from itertools import combinations
from math import atan2, cos, degrees, exp, hypot, radians, sin, sqrt

import pytest
from PySide6.QtGui import QColor

from graph.model import LoopStatus
from gui import theme
from gui.events.table import GROUND
from gui.theme import Palette, Theme
from inspector.project.colours import COLOURS

THEMES = [theme.named(name) for name in theme.NAMES]
PLAIN = THEMES[:2]


# Machado, Oliveira and Fernandes 2009, severity 1.0, on linear RGB.
DEFICIENCIES = {
    "normal": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "deutan": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "protan": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "tritan": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}


def linear(colour: QColor) -> list[float]:
    parts = (colour.red() / 255, colour.green() / 255, colour.blue() / 255)
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def luminance(colour: QColor) -> float:
    red, green, blue = linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(a: QColor, b: QColor) -> float:
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def lab(colour: QColor, eyes: str) -> tuple[float, float, float]:
    rgb = linear(colour)
    seen = [sum(w * c for w, c in zip(row, rgb, strict=True)) for row in DEFICIENCIES[eyes]]
    red, green, blue = (min(1.0, max(0.0, part)) for part in seen)
    x = (0.4124564 * red + 0.3575761 * green + 0.1804375 * blue) / 0.95047
    y = 0.2126729 * red + 0.7151522 * green + 0.0721750 * blue
    z = (0.0193339 * red + 0.1191920 * green + 0.9503041 * blue) / 1.08883

    def root(value: float) -> float:
        return value ** (1 / 3) if value > 216 / 24389 else (24389 / 27 * value + 16) / 116

    return 116 * root(y) - 16, 500 * (root(x) - root(y)), 200 * (root(y) - root(z))


def ciede2000(one: tuple[float, float, float], two: tuple[float, float, float]) -> float:
    """Sharma, Wu and Dalal 2005."""
    (l1, a1, b1), (l2, a2, b2) = one, two
    mean = (hypot(a1, b1) + hypot(a2, b2)) / 2
    g = 0.5 * (1 - sqrt(mean**7 / (mean**7 + 25.0**7)))
    a1, a2 = a1 * (1 + g), a2 * (1 + g)
    c1, c2 = hypot(a1, b1), hypot(a2, b2)
    h1, h2 = degrees(atan2(b1, a1)) % 360, degrees(atan2(b2, a2)) % 360
    turn = 0.0 if c1 * c2 == 0 else (h2 - h1 + 180) % 360 - 180
    dl, dc, dh = l2 - l1, c2 - c1, 2 * sqrt(c1 * c2) * sin(radians(turn) / 2)
    lm, cm = (l1 + l2) / 2, (c1 + c2) / 2
    hm = h1 + h2 if c1 * c2 == 0 else (h1 + turn / 2) % 360
    t = (
        1
        - 0.17 * cos(radians(hm - 30))
        + 0.24 * cos(radians(2 * hm))
        + 0.32 * cos(radians(3 * hm + 6))
        - 0.20 * cos(radians(4 * hm - 63))
    )
    sl = 1 + 0.015 * (lm - 50) ** 2 / sqrt(20 + (lm - 50) ** 2)
    sc, sh = 1 + 0.045 * cm, 1 + 0.015 * cm * t
    rt = -2 * sqrt(cm**7 / (cm**7 + 25.0**7)) * sin(radians(60 * exp(-(((hm - 275) / 25) ** 2))))
    return sqrt((dl / sl) ** 2 + (dc / sc) ** 2 + (dh / sh) ** 2 + rt * (dc / sc) * (dh / sh))


def difference(a: QColor, b: QColor, eyes: str) -> float:
    return ciede2000(lab(a, eyes), lab(b, eyes))


@pytest.mark.parametrize("shown", THEMES, ids=lambda shown: shown.name)
def test_colours_of_rules_are_told_apart_by_all_eyes(shown: Theme) -> None:
    palette = shown.palette
    assert len(palette.rules) == len(COLOURS)
    pairs = list(combinations(palette.rules, 2))
    loops = [(rule, loop) for rule in palette.rules for loop in (palette.run, palette.act)]
    for eyes in DEFICIENCIES:
        assert min(difference(one, two, eyes) for one, two in pairs) >= 10, eyes
        assert min(difference(one, two, eyes) for one, two in loops) >= 10, eyes
    assert min(contrast(rule, palette.panel) for rule in palette.rules) >= 3
    grounds = [theme.mixed(rule, palette.panel, GROUND[shown.dark]) for rule in palette.rules]
    for ink in (palette.text, palette.dim, palette.string, palette.number, palette.warn):
        assert min(contrast(ink, ground) for ground in grounds) >= 4.5


def test_the_formula_agrees_with_its_published_examples() -> None:
    assert ciede2000((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485)) == pytest.approx(2.0425, abs=1e-4)
    assert ciede2000((50.0, 2.49, -0.001), (50.0, -2.49, 0.0011)) == pytest.approx(7.2195, abs=1e-4)
    assert ciede2000((22.7233, 20.0904, -46.694), (23.0331, 14.973, -42.5619)) == pytest.approx(
        2.0373, abs=1e-4
    )


@pytest.mark.parametrize("shown", PLAIN, ids=lambda shown: shown.name)
@pytest.mark.parametrize(
    ("ink", "ground", "figures"),
    [
        ("text", "panel", (16.4, 14.7)),
        ("dim", "panel", (6.3, 7.7)),
        ("faint", "canvas", (4.7, 5.9)),
        ("accent", "panel", (6.0, 6.7)),
        ("onaccent", "accent", (6.0, 7.1)),
        ("run", "canvas", (6.3, 5.5)),
        ("onrun", "run", (6.7, 5.8)),
        ("run", "runbg", (5.7, 4.7)),
        ("act", "canvas", (3.2, 12.3)),
        ("warn", "warnbg", (5.2, 9.4)),
        ("ack", "canvas", (4.8, 5.3)),
        ("edge", "canvas", (3.1, 3.3)),
    ],
)
def test_contrast_is_that_of_the_style_sheet(
    shown: Theme, ink: str, ground: str, figures: tuple[float, float]
) -> None:
    palette = shown.palette
    found = contrast(getattr(palette, ink), getattr(palette, ground))
    assert found == pytest.approx(figures[shown.dark], abs=0.11)


def test_high_contrast_is_what_its_name_says() -> None:
    """WCAG 2.2: 7 to 1 for text (1.4.6); lines here 4.5, of which 1.4.11 asks 3."""
    palette = theme.contrast().palette
    plain = ("canvas", "panel", "raised", "card", "topic", "sel")
    for ink in ("text", "dim", "accent", "warn", "ok", "string", "number"):
        for ground in plain:
            assert contrast(getattr(palette, ink), getattr(palette, ground)) >= 7, (ink, ground)
    pairs = "faint canvas, faint panel, run canvas, run panel, run runbg, onrun run, text runbg, text warnbg"
    pairs += ", warn warnbg, warn actbg, accent accentbg, onaccent accent, ok okbg, ghost canvas, text okbg"
    for ink, ground in (pair.split() for pair in pairs.split(", ")):
        assert contrast(getattr(palette, ink), getattr(palette, ground)) >= 7, (ink, ground)
    for line in ("line", "line2", "cardline", "topicl", "edge", "dot", "run", "act", "ack", "accent"):
        for ground in ("canvas", "panel"):
            assert contrast(getattr(palette, line), getattr(palette, ground)) >= 4.5, (line, ground)
    assert min(contrast(colour, palette.panel) for colour in palette.types) >= 7


@pytest.mark.parametrize("shown", THEMES, ids=lambda shown: shown.name)
@pytest.mark.parametrize("eyes", DEFICIENCIES)
def test_loops_are_told_apart_by_all_eyes(shown: Theme, eyes: str) -> None:
    palette = shown.palette
    for a, b in (
        (palette.run, palette.act),
        (palette.run, palette.ack),
        (palette.run, palette.edge),
        (palette.act, palette.ack),
    ):
        assert difference(a, b, eyes) >= 15
    for colour in (palette.run, palette.act, palette.ack):
        assert difference(palette.accent, colour, eyes) >= 9.5


@pytest.mark.parametrize("shown", THEMES, ids=lambda shown: shown.name)
@pytest.mark.parametrize("eyes", DEFICIENCIES)
def test_loops_stand_out_from_the_ground_more_than_the_rest(shown: Theme, eyes: str) -> None:
    palette = shown.palette
    rest = difference(palette.edge, palette.canvas, eyes)
    for colour in (palette.run, palette.act):
        assert difference(colour, palette.canvas, eyes) > 1.1 * rest


# Runaway to active, acknowledged and plain, active to acknowledged: by normal, deutan, protan, tritan eyes.
APART = {
    "light": ((38, 18, 28, 18), (37, 33, 27, 42), (40, 34, 35, 43), (39, 42, 39, 39)),
    "dark": ((45, 19, 31, 26), (35, 33, 24, 37), (38, 37, 23, 37), (42, 45, 42, 38)),
}


@pytest.mark.parametrize("name", APART)
def test_differences_are_those_of_the_style_sheet(name: str) -> None:
    palette = theme.named(name).palette
    pairs = (
        (palette.run, palette.act),
        (palette.run, palette.ack),
        (palette.run, palette.edge),
        (palette.act, palette.ack),
    )
    for (a, b), figures in zip(pairs, APART[name], strict=True):
        assert [difference(a, b, eyes) for eyes in DEFICIENCIES] == pytest.approx(figures, abs=1.0)


def test_every_role_is_a_colour_and_the_themes_differ() -> None:
    for field in fields(Palette):
        for shown in THEMES:
            value = getattr(shown.palette, field.name)
            for colour in value if isinstance(value, tuple) else (value,):
                assert colour.isValid()
    assert not theme.light().dark
    assert theme.dark().dark
    assert theme.contrast().dark
    assert len({shown.palette.canvas.name() for shown in THEMES}) == len(THEMES)
    assert [theme.named(name).name for name in theme.NAMES] == list(theme.NAMES)
    assert theme.named("of old").name == theme.named(None).name == "light"


def test_the_colour_of_a_type_depends_on_its_name_alone() -> None:
    shown = theme.light()
    names = [f"Type{number}" for number in range(200)]
    assert [shown.type_colour(name) for name in names] == [theme.light().type_colour(name) for name in names]
    assert {shown.type_colour(name).name() for name in names} == {c.name() for c in shown.palette.types}


def test_only_dangerous_loops_glow_and_only_runaway_ones_are_filled() -> None:
    shown = theme.dark()
    glowing = {status for status in LoopStatus if shown.loop(status).halo.alpha()}
    assert glowing == {LoopStatus.RUNAWAY, LoopStatus.ACTIVE}
    filled = {status for status in LoopStatus if shown.loop(status).badge == shown.loop(status).line}
    assert filled == {LoopStatus.RUNAWAY}
