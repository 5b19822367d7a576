"""Keeping pictures, and telling whether a new one shows the same as the one that was kept.

What is compared is the ink in small blocks, its difference from the ground. Another machine draws letters a
little bolder, thinner or further on, which changes some blocks here and there by less than half. A line, a
badge or a colour that is missing takes away all the ink of several blocks side by side.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

FOLDER = Path(__file__).parents[2] / "docs" / "gallery"
Table = NDArray[np.float64]
Flags = NDArray[np.bool_]

BLOCK = 6
"""Side of a block, in px."""
FAINT = 10.0
"""Differences up to this are none, in steps of colour: 441 lie between black and white."""
PART = 0.5
"""Part of the ink of a block that has to be otherwise."""
TOGETHER = 7
"""Blocks side by side that may be otherwise: the shortest edge has more."""
HUE = 35.0
"""Difference between the parts of a colour from which on it is one of hue: letters are grey."""
COLOURED = 1
"""Blocks side by side that may have another hue: the smallest sign has more."""
SHARE = 0.01
"""Part of all blocks that may be otherwise."""
COLOURS = 255


def pixels(image: QImage) -> NDArray[np.uint8]:
    """Red, green and blue of every pixel, shape (height, width, 3)."""
    plain = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(plain.constBits(), np.uint8).reshape(plain.height(), plain.bytesPerLine())
    return rows[:, : 3 * plain.width()].reshape(plain.height(), plain.width(), 3).copy()


def _ink(image: QImage) -> tuple[Table, Table]:
    """The mean colour of every block, and the most frequent colour of all."""
    table = pixels(image)
    codes, counts = np.unique(_codes(table), return_counts=True)
    high, wide = (side // BLOCK for side in table.shape[:2])
    cut = table[: high * BLOCK, : wide * BLOCK].astype(np.float64)
    means: Table = cut.reshape(high, BLOCK, wide, BLOCK, 3).mean(axis=(1, 3))
    return means, _colours(codes[counts.argmax() :][:1])[0].astype(np.float64)


def _codes(table: NDArray[np.uint8]) -> NDArray[np.uint32]:
    weights = np.array([65536, 256, 1], np.uint32)
    codes: NDArray[np.uint32] = (table.astype(np.uint32) * weights).sum(axis=2, dtype=np.uint32).ravel()
    return codes


def _colours(codes: NDArray[np.uint32]) -> NDArray[np.int64]:
    return np.stack([codes >> 16, codes >> 8 & 255, codes & 255], axis=1).astype(np.int64)


def changed(kept: QImage, found: QImage) -> tuple[Flags, Flags]:
    """Which blocks are otherwise, and which are so by their hue: each of shape (rows, columns)."""
    (one, ground), (other, _) = _ink(kept), _ink(found)
    ink = np.maximum(np.linalg.norm(one - ground, axis=2), np.linalg.norm(other - ground, axis=2))
    apart: Flags = np.linalg.norm(one - other, axis=2) > np.maximum(FAINT, PART * ink)
    hues: Flags = np.ptp(one - other, axis=2) > HUE
    return apart, hues & apart


def otherwise(kept: QImage, found: QImage) -> str:
    """How a picture differs from the one that was kept, in a sentence; empty where it shows the same."""
    if kept.size() != found.size():
        return f"It is {found.width()} x {found.height()} and was {kept.width()} x {kept.height()}."
    apart, hues = changed(kept, found)
    for flags, most, how in ((apart, TOGETHER, ""), (hues, COLOURED, " by their hue")):
        together = max(_patches(flags), key=len, default=[])
        if len(together) > most:
            row, column = np.median(np.array(together), axis=0).astype(int).tolist()
            return f"{len(together)} blocks about ({column * BLOCK}, {row * BLOCK}) are otherwise{how}."
    share = float(apart.mean())
    return f"{share:.1%} of all blocks are otherwise." if share > SHARE else ""


def _patches(apart: Flags) -> list[list[tuple[int, int]]]:
    """Blocks that lie side by side, or corner to corner."""
    left = {(int(row), int(column)) for row, column in np.argwhere(apart)}
    patches = []
    while left:
        patch = [left.pop()]
        for row, column in patch:
            beside = {(row + dy, column + dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)} & left
            patch += beside
            left -= beside
        patches.append(patch)
    return patches


def reduced(image: QImage) -> QImage:
    """The image in few colours: the most frequent ones, and then those that are farthest from all of them."""
    table = pixels(image)
    high, wide = table.shape[:2]
    found, places, counts = np.unique(_codes(table), return_inverse=True, return_counts=True)
    every = _colours(found)
    chosen = np.argsort(-counts, kind="stable")[: COLOURS // 2].tolist()
    nearest, apart = np.zeros(len(found), np.int64), np.full(len(found), np.iinfo(np.int64).max)
    for number in range(COLOURS):
        if number == len(chosen):
            worst = int((apart * np.sqrt(counts)).argmax())
            if not apart[worst]:
                break
            chosen.append(worst)
        distance = ((every - every[chosen[number]]) ** 2).sum(axis=1)
        nearest[distance < apart] = number
        apart = np.minimum(apart, distance)
    made = QImage(wide, high, QImage.Format.Format_Indexed8)
    made.setColorTable([0xFF000000 | int(code) for code in found[chosen]])
    rows = np.frombuffer(made.bits(), np.uint8).reshape(high, made.bytesPerLine())
    rows[:, :wide] = nearest[places].reshape(high, wide)
    return made


def keep(image: QImage, path: Path) -> int:
    """Write a picture; the size of its file in bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not reduced(image).save(str(path), quality=0):
        raise OSError(f"{path} cannot be written")
    return path.stat().st_size
