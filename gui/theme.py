"""The colours of the window by role, light, dark and of high contrast: the only place that names one.

Values, contrast and colour-deficiency figures are those of the style sheet; `tests/gui/test_theme.py`
recomputes them.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b

from PySide6.QtGui import QColor, QFont

from graph.model import LoopStatus
from gui import fonts


@dataclass(frozen=True)
class Palette:
    """One colour per role. Code asks for the role and never names a colour."""

    types: tuple[QColor, ...]
    """The squares before the names of event types."""
    rules: tuple[QColor, ...]
    """The colours that rules give to events, in the order of `inspector.project.colours.COLOURS`."""
    canvas: QColor
    panel: QColor
    raised: QColor
    line: QColor
    line2: QColor
    text: QColor
    dim: QColor
    faint: QColor
    ghost: QColor
    accent: QColor
    accentbg: QColor
    sel: QColor
    onaccent: QColor
    card: QColor
    cardline: QColor
    edge: QColor
    dot: QColor
    topic: QColor
    topicl: QColor
    run: QColor
    runbg: QColor
    onrun: QColor
    act: QColor
    actbg: QColor
    warn: QColor
    warnbg: QColor
    ack: QColor
    ok: QColor
    okbg: QColor
    string: QColor
    """A string in a decoded value."""
    number: QColor
    """A number in a decoded value."""


@dataclass(frozen=True)
class LoopColours:
    """How a loop of one status is coloured."""

    line: QColor
    fill: QColor
    """Inside its channels and its outlined badge."""
    badge: QColor
    badge_text: QColor
    halo: QColor
    """With its transparency; invisible where a status has no halo."""


def _colours(words: str) -> tuple[QColor, ...]:
    return tuple(QColor(word) for word in words.split())


def _light() -> Palette:
    return Palette(
        _colours("#2F6FD0 #12806A #7A4FC9 #8A6A1F #3B7F9C #A04B8C #5B6B7E #4D7A2A"),
        _colours("#25366E #4F98D8 #17775B #9440C8 #8A93A0"),
        *_colours(
            "#F7F8FA #FFFFFF #F2F4F7 #E3E7EC #CBD2DB #1A2028 #56616F #64707F #A6B0BC"
            " #3557D6 #EAEEFC #E6EBFC #FFFFFF #FFFFFF #BEC7D2 #8390A1 #586575 #E7ECF3 #7F8FA3"
            " #B80D32 #FBE8EC #FFFFFF #C07C00 #FBF1DC #8F5A00 #FBF1DC #5F6F85 #19774E #E3F4EC"
            " #12705C #7A3FB8"
        ),
    )


def _dark() -> Palette:
    return Palette(
        _colours("#7AA7FF #4FC7AC #B79BFF #D1B36A #72BEDB #E29AD0 #9AA8B8 #9CCB74"),
        _colours("#5468C8 #A8D8F8 #35A07C #CB86F5 #75808D"),
        *_colours(
            "#0F1216 #15191F #1D2229 #262C35 #39424E #E7EBF0 #A2ADBA #8592A1 #5A6675"
            " #7D9BFF #1E2745 #202B4D #0D1220 #1B2027 #3D4754 #5B6777 #9FACBB #27303B #74849A"
            " #F4525A #3A171B #1C0406 #FFC94D #352812 #FFC94D #352812 #7C8A9D #4CC38A #12301F"
            " #63CDB2 #C3A4FF"
        ),
    )


def _contrast() -> Palette:
    return Palette(
        _colours("#8AB4FF #5FDCC2 #C9B3FF #E6CB84 #86D4F0 #F2B0E2 #B4C0CC #B0E08C"),
        _colours("#5573F5 #CFEBFF #3FC795 #E29BFF #8F98A3"),
        *_colours(
            "#000000 #000000 #141414 #6E7681 #9AA3AE #FFFFFF #D6DCE4 #BAC2CC #9AA3AE"
            " #7CC4FF #00213D #003057 #000000 #000000 #D6DCE4 #787F8A #FFFFFF #16202B #C2CCD8"
            " #FF7074 #240005 #000000 #FFD84A #332800 #FFD84A #332800 #A9B4C2 #5FE3A1 #00301A"
            " #7FE5CB #D3BBFF"
        ),
    )


@dataclass(frozen=True)
class Theme:
    """Colours and fonts together; `NAMES` are those there are, and `named` makes one."""

    name: str
    palette: Palette
    scale: float = 1.0
    """Text size, 1.0 being 100 %."""

    @property
    def dark(self) -> bool:
        """Whether text is lighter than its ground."""
        return self.palette.text.lightness() > self.palette.canvas.lightness()

    def font(self, role: fonts.Role, *, italic: bool = False) -> QFont:
        """The font for a role at this theme's text size."""
        return fonts.font(role, scale=self.scale, italic=italic)

    def type_colour(self, name: str) -> QColor:
        """The colour of an event type: the same in every run and on every machine."""
        digest = blake2b(name.encode(), digest_size=2).digest()
        return self.palette.types[int.from_bytes(digest, "big") % len(self.palette.types)]

    def loop(self, status: LoopStatus) -> LoopColours:
        """The colours of a loop of a status."""
        colours = self.palette
        if status is LoopStatus.RUNAWAY:
            halo = faded(colours.run, 0.26 if self.dark else 0.13)
            return LoopColours(colours.run, colours.runbg, colours.run, colours.onrun, halo)
        if status is LoopStatus.ACTIVE:
            halo = faded(colours.act, 0.14 if self.dark else 0.10)
            return LoopColours(colours.act, colours.actbg, colours.actbg, colours.warn, halo)
        return LoopColours(colours.ack, colours.topic, colours.panel, colours.dim, faded(colours.ack, 0.0))

    def loop_text(self, status: LoopStatus) -> QColor:
        """The colour of words about a loop of a status, on canvas or panel."""
        palette = self.palette
        return {LoopStatus.RUNAWAY: palette.run, LoopStatus.ACTIVE: palette.warn}.get(status, palette.dim)


def light() -> Theme:
    """Dark text on light ground."""
    return Theme("light", _light())


def dark() -> Theme:
    """Light text on dark ground."""
    return Theme("dark", _dark())


def contrast() -> Theme:
    """Bright on black, where red and amber stay farthest apart: text 7 and lines 4.5 to 1 at the least."""
    return Theme("contrast", _contrast())


_MAKERS = {"light": light, "dark": dark, "contrast": contrast}
NAMES = tuple(_MAKERS)


def named(name: str | None) -> Theme:
    """The theme of a name; the light one where there is none of it."""
    return _MAKERS.get(name or "", light)()


def faded(colour: QColor, opacity: float) -> QColor:
    """The colour at an opacity of 0 to 1."""
    made = QColor(colour)
    made.setAlphaF(opacity)
    return made


def mixed(colour: QColor, ground: QColor, part: float) -> QColor:
    """An opaque mix with `part` of the colour, 0 to 1, and the rest of the ground."""
    if part >= 1.0:
        return colour
    pairs = zip(colour.getRgbF()[:3], ground.getRgbF()[:3], strict=True)  # type: ignore[index]
    return QColor.fromRgbF(*(part * one + (1 - part) * other for one, other in pairs))
