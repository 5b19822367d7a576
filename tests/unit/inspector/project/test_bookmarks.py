from __future__ import annotations

import pytest

from graph.identity import ChannelId, ChannelKind, ServerId
from inspector.project import bookmarks
from inspector.project.bookmarks import Marked
from inspector.project.model import Bookmark, Project
from inspector.record import Position

HERE, THERE = (
    ChannelId(ServerId("kafka", address), ChannelKind.TOPIC, "orders") for address in ("a:1", "b:1")
)
AT = Position(3, 77)


def test_a_bookmark_is_kept_annotated_and_forgotten() -> None:
    empty = Project()
    kept = bookmarks.keep(empty, HERE, AT)
    marked = kept.applied(empty)
    assert marked.bookmarks == (Bookmark("orders", 3, 77),)
    noted = bookmarks.keep(marked, HERE, AT, " too\n early ").applied(marked)
    assert noted.bookmarks == (Bookmark("orders", 3, 77, "too early"),)
    gone = bookmarks.forget(noted, HERE, AT)
    assert gone.applied(noted).bookmarks == ()
    assert gone.undone.applied(gone.applied(noted)) == noted
    with pytest.raises(ValueError, match="501 characters"):
        bookmarks.keep(empty, HERE, AT, "x" * 501)


def test_a_plain_name_holds_on_any_server_and_a_whole_id_on_one() -> None:
    plain = Marked(Project(bookmarks=(Bookmark("orders", 3, 77),)))
    assert plain.on(HERE, AT)
    assert plain.on(THERE, AT)
    assert not plain.on(HERE, Position(3, 78))
    whole = Marked(Project(bookmarks=(Bookmark(str(THERE), 3, 77, "x"),)))
    assert whole.on(HERE, AT) is None
    found = whole.on(THERE, AT)
    assert found is not None
    assert bookmarks.channel_of(found, (HERE, THERE)) == THERE
