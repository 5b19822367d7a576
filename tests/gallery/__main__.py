"""Writes the gallery anew: `python -m tests.gallery [NAME …]`, with the page that shows it."""

from __future__ import annotations

import os
import sys

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication

from tests.gallery import golden, places
from tests.gallery.scenes import SCENES, arranged, picture

BUDGET = 1_500_000
"""Bytes that all pictures together may take."""

HEAD = """# Gallery

Every picture here is made by the tests, which fail when the program draws something else.
`python -m tests.gallery` writes them anew.
"""


def main(names: list[str]) -> int:
    """Write the pictures of these names, or all; 1 when they take too much room."""
    application = QApplication([])
    application.setStyle("Fusion")
    known = places.load() if places.FILE.exists() else {}
    for scene in SCENES:
        if not names or scene.name in names:
            known[scene.name] = arranged(scene)
            size = golden.keep(picture(scene, known[scene.name]), scene.path)
            print(f"{scene.path.name}: {size:,} bytes")  # noqa: T201
    places.save(known)
    page = golden.FOLDER.parent / "gallery.md"
    page.write_text(text())
    whole = sum(scene.path.stat().st_size for scene in SCENES if scene.path.exists())
    print(f"{whole:,} of {BUDGET:,} bytes")  # noqa: T201
    return int(whole > BUDGET)


def text() -> str:
    """The page that shows all pictures."""
    parts = [HEAD]
    parts += [
        f"\n## {scene.title}\n\n![{scene.title}](gallery/{scene.path.name})\n\n{scene.says}\n"
        for scene in SCENES
    ]
    return "".join(parts)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
