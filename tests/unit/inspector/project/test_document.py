"""Project files as text: every project comes back as it was, and what people wrote around it stays."""

from __future__ import annotations

from pathlib import Path

import pytest
import tomlkit
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.identity import Action
from graph.model import Alias
from inspector.capture.level import ChannelLevel, Level
from inspector.capture.masks import Mask
from inspector.conventions.rules import HeaderRule
from inspector.errors import ProjectError
from inspector.project.colours import COLOURS
from inspector.project.document import read, written
from inspector.project.loops import count
from inspector.project.model import (
    AcknowledgedLoop,
    Bookmark,
    Checks,
    ColourRule,
    Confirmed,
    CountedLoops,
    DeclaredApplication,
    Identities,
    KnownServer,
    NamedFilter,
    Project,
    Storing,
    add_server,
    merge,
    split_off,
)

TEXT = """\
# Our shop. Ask Ann before you change this.
future = "kept"

[identities] # who is whom
together = [
    # the old name, see #12
    ["group:billing", "source:/billing"], # sure
]
patterns = []
later = 3

# Production
[[connections]]
url = "kafka://ann@broker:9092" # with a login
name = "shop"
colour = "red"

[colours]
card = "●"
"""

_words = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=12).filter(str.strip)
_names = st.builds("{}:{}".format, st.sampled_from(("group", "source", "client-id")), _words)
_entries = st.lists(_names, min_size=2, max_size=4).map(tuple)
_some = {"max_size": 3, "unique": True}
_projects = st.builds(
    Project,
    connections=st.lists(
        st.builds(
            KnownServer, st.sampled_from(["kafka://a:1", "kafka://ann@b:2", "kafka+tls://c:3"]), _words
        ),
        **_some,  # type: ignore[arg-type]
    ).map(tuple),
    identities=st.builds(
        Identities,
        st.lists(_entries, **_some).map(tuple),  # type: ignore[arg-type]
        st.lists(_entries, **_some).map(tuple),  # type: ignore[arg-type]
        st.lists(st.sampled_from(["a.*", "(x)-\\d+", "[ab]+"]), **_some).map(tuple),  # type: ignore[arg-type]
    ),
    confirmed=st.lists(
        st.builds(Confirmed, _names, st.sampled_from(Action), _words),
        **_some,  # type: ignore[arg-type]
    ).map(tuple),
    rules=st.lists(
        st.builds(HeaderRule, st.sampled_from(("sender", "flow")), _words, st.just(""), st.just("orders-*")),
        **_some,  # type: ignore[arg-type]
    ).map(tuple),
    applications=st.lists(
        st.builds(
            DeclaredApplication,
            _words,
            st.none() | _words,
            st.none() | st.text(st.characters(codec="utf-8"), max_size=20),
            st.lists(_words, max_size=2).map(tuple),
            st.lists(_words, max_size=2).map(tuple),
        ),
        **_some,  # type: ignore[arg-type]
    ).map(tuple),
    asyncapi=st.lists(_words, **_some).map(tuple),  # type: ignore[arg-type]
    acknowledged=st.lists(
        st.builds(
            AcknowledgedLoop,
            st.lists(_words, min_size=2, max_size=4).map(tuple),
            _words,
            st.none() | st.floats(0.01, 100.0),
        ),
        **_some,  # type: ignore[arg-type]
    ).map(tuple),
    loops=st.builds(CountedLoops, *[st.booleans()] * 4),
    masks=st.lists(
        st.builds(Mask, header=_words, channels=_words) | st.builds(Mask, key=st.just(True)),
        **_some,  # type: ignore[arg-type]
    ).map(tuple),
    levels=st.lists(
        st.builds(ChannelLevel, _words, st.sampled_from([Level.KEYS_AND_HEADERS, Level.EVERYTHING]))
        | st.builds(ChannelLevel, _words, st.just(Level.MATCHING), _words),
        **_some,  # type: ignore[arg-type]
    ).map(tuple),
    filters=st.lists(st.builds(NamedFilter, _words, _words), **_some).map(tuple),  # type: ignore[arg-type]
    colour_rules=st.lists(
        st.builds(ColourRule, _words, st.sampled_from(COLOURS)),
        **_some,  # type: ignore[arg-type]
    ).map(tuple),
    bookmarks=st.lists(
        st.builds(Bookmark, _words, st.integers(0, 9), st.integers(0, 2**62), st.just("") | _words),
        **_some,  # type: ignore[arg-type]
    ).map(tuple),
    storing=st.builds(Storing, st.booleans()),
    check=st.builds(Checks, st.lists(st.sampled_from(("error", "new-edge")), **_some).map(tuple)),  # type: ignore[arg-type]
)


@settings(max_examples=20, deadline=None)
@given(_projects, _projects)
def test_every_project_comes_back(first: Project, second: Project) -> None:
    text = written("", first)
    assert read(text, "p") == first
    assert read(written(text, second), "p") == second
    assert written(text, first) == text


@settings(max_examples=10, deadline=None)
@given(_projects)
def test_what_others_wrote_stays(project: Project) -> None:
    text = written(TEXT, project)
    assert text.startswith("# Our shop. Ask Ann before you change this.\n")
    told = tomlkit.parse(text).unwrap()
    assert (told["future"], told["colours"], told["identities"]["later"]) == ("kept", {"card": "●"}, 3)


def test_a_decision_changes_its_line_alone() -> None:
    project = read(TEXT, "p")
    change = merge(project, Alias("group", "mail"), Alias("source", "/mail"))
    text = written(TEXT, change.applied(project))
    new = '    ["group:mail", "source:/mail"],\n'
    assert text == TEXT.replace("], # sure\n", f"], # sure\n{new}")
    assert written(text, change.undone.applied(read(text, "p"))) == TEXT


def test_a_new_connection_leaves_the_others_alone() -> None:
    project = read(TEXT, "p")
    text = written(TEXT, add_server("kafka://new:9092").applied(project))
    assert '# with a login\nname = "shop"\ncolour = "red"\n' in text
    assert '[[connections]]\nurl = "kafka://new:9092"\n' in text
    assert read(text, "p").connections[1] == KnownServer("kafka://new:9092")


def test_a_switch_changes_its_line_alone() -> None:
    text = "[loops]\ninternal = false # not now\nhistoric = true\nlater = 3\n"
    project = read(text, "p")
    assert written(text, project) == text
    on = count("replays", on=True)
    changed = written(text, on.applied(project))
    assert changed == text + "replays = true\n"
    assert written(changed, on.undone.applied(read(changed, "p"))) == text
    off = written(text, count("historic", on=False).applied(project))
    assert off == text.replace("historic = true\n", "")
    alone = written("", on.applied(Project()))
    assert alone.endswith("[loops]\nreplays = true\n")
    assert "[loops]" not in written(alone, Project())


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a = 1\nb = = 2\n", 2, "no TOML"),
        ('[[connections]]\nurl = "kafka://a"\n\n[[connections]]\nurl = 3\n', 5, "connections[2].url"),
        ("connections = 3\n", 1, "connections: expected `array`"),
        ('\n[identities]\ntogether = [["group:a"]]\n', 3, "identities.together[1]"),
        ('[identities]\napart = [["group:a", "billing"]]\n', 2, "group:billing"),
        ('[identities]\npatterns = ["("]\n', 2, "no regular expression"),
        (
            '[[connections]]\nurl = "kafka://a"\nname = "x"\n[[rules]]\nfact = "who"\nheader = "h"\n',
            4,
            "rules[1]",
        ),
        ('[[rules]]\nfact = "sender"\n', 1, "neither a header nor a path"),
        ('[[applications]]\nowner = "x"\n', 1, "`name`"),
        ('[[confirmed]]\napplication = "group:a"\naction = "eat"\nchannel = "c"\n', 3, "confirmed[1].action"),
        ('[[connections]]\nurl = "rabbit://x"\n', 2, "connections[1].url"),
        ('[[acknowledged]]\nhops = ["a"]\nreason = "x"\n', 2, "acknowledged[1].hops"),
        ('[[acknowledged]]\nhops = ["a", "b"]\nreason = " "\n', 3, "write down why"),
        ('[[acknowledged]]\nhops = ["a", "b"]\nreason = "x"\ngain_below = nan\n', 4, "gain_below"),
        ('[[acknowledged]]\nhops = ["a", "b"]\nreason = "x"\ngain_below = 0\n', 4, "above 0"),
        ('[[acknowledged]]\nhops = ["a", "b"]\nreason = "x"\ngain_bellow = 0.5\n', 1, "`gain_bellow`"),
        ('[check]\nfail-on = ["note"]\n', 1, "`fail-on`"),
        ('[loops]\ninternal = "yes"\n', 2, "loops.internal"),
        ('[check]\nfail_on = ["error", "new_edge"]\n', 2, "there is no rule new_edge"),
        ('[[masks]]\npath = "email"\n', 1, "no path that a mask can follow"),
        ('[[masks]]\nhaeder = "x"\n', 1, "unknown field"),
        ('[[levels]]\nchannels = "*"\nlevel = "matching"\n', 1, "a query belongs to the level matching"),
        ("[storing]\nmask = true\n", 1, "unknown field"),
    ],
)
def test_what_is_wrong_is_one_sentence_with_line_and_key(text: str, line: int, said: str) -> None:
    with pytest.raises(ProjectError) as raised:
        read(text, "shop.toml")
    assert said in str(raised.value)
    assert f"line {line}" in str(raised.value)
    assert str(raised.value).startswith("shop.toml")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "url", ["kafka://ann:hunter2@b:9092", "kafka://b:9092?registry=http://ann:hunter2@r:8081"]
)
def test_a_password_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(ProjectError, match="password") as raised:
        read(f'[[connections]]\nurl = "{url}"\n', "shop.toml")
    assert "hunter2" not in str(raised.value)


def test_a_file_that_cannot_be_changed_in_place_is_left_alone() -> None:
    text = 'identities = { together = [["group:a", "source:a"]] }\n'
    project = read(text, "p")
    after = split_off(project, Alias("group", "a"), Alias("source", "a")).applied(project)
    assert read(written(text, after), "p") == after


def test_the_example_in_the_documentation_is_right() -> None:
    page = (Path(__file__).resolve().parents[4] / "docs" / "project.md").read_text()
    text = page.partition("```toml\n")[2].partition("```")[0]
    project = read(text, "docs")
    assert all(getattr(project, field) for field in Project.__struct_fields__)
    assert written(text, project) == text


_TOKENS = """[ ] [[ ]] = " ' , . { } # 1 true url x connections identities together apart patterns rules
acknowledged hops reason gain_below loops internal check fail_on
applications asyncapi "group:a" "kafka://a" fact name 1979-05-27"""
_tokens = st.sampled_from([*_TOKENS.split(), "\n", " = "])


@settings(max_examples=100, deadline=None)
@given(st.lists(_tokens, max_size=20).map("".join) | st.text(max_size=30))
def test_no_text_is_a_defect(text: str) -> None:
    try:
        project = read(text, "p")
    except ProjectError:
        return
    assert written(text or "\n", project) == (text or "\n")


def test_a_file_that_is_nested_without_end_is_one_sentence() -> None:
    with pytest.raises(ProjectError, match="100 levels"):
        read("a = " + "[" * 50_000, "p")
