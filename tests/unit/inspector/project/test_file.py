"""A project file on disk, which other programs write as well."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph.model import Alias
from inspector.errors import ProjectError
from inspector.project.file import ProjectFile
from inspector.project.model import Project, add_server, merge

A, B, C = (Alias("group", name) for name in "abc")


def test_a_file_that_is_not_there_yet_is_made_by_the_first_decision(tmp_path: Path) -> None:
    file = ProjectFile(tmp_path / "deep" / "eventscope.toml")
    file.change(merge(file.project, A, B))
    opened = ProjectFile.open(file.path)
    assert opened.project == file.project
    assert opened.project.identities.together == (("group:a", "group:b"),)
    assert list(file.path.parent.iterdir()) == [file.path]


def test_what_another_program_wrote_meanwhile_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "eventscope.toml"
    path.write_text('# mine\n[[connections]]\nurl = "kafka://a:1"\n')
    ours, theirs = ProjectFile.open(path), ProjectFile.open(path)
    theirs.change(add_server("kafka://b:2"))
    ours.change(merge(ours.project, A, B))
    assert [each.url for each in ours.project.connections] == ["kafka://a:1", "kafka://b:2"]
    assert path.read_text().startswith("# mine\n")
    assert theirs.reload()
    assert theirs.project == ours.project
    assert not theirs.reload()


def test_a_whole_project_is_not_written_over_a_changed_file(tmp_path: Path) -> None:
    path = tmp_path / "eventscope.toml"
    path.write_text("# mine\n")
    ours = ProjectFile.open(path)
    path.write_text("# theirs\n")
    with pytest.raises(ProjectError, match="changed by another program"):
        ours.save(Project(asyncapi=("a.yaml",)))
    assert path.read_text() == "# theirs\n"


def test_a_file_that_was_damaged_meanwhile_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "eventscope.toml"
    path.write_text("")
    ours = ProjectFile.open(path)
    path.write_text("[identities\n")
    with pytest.raises(ProjectError, match="line 1"):
        ours.change(merge(ours.project, A, B))
    assert path.read_text() == "[identities\n"
    assert ours.project == Project()


def test_a_file_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    file = ProjectFile(tmp_path / "file" / "eventscope.toml")
    with pytest.raises(ProjectError, match="cannot be"):
        file.change(merge(file.project, A, B))
    assert file.project == Project()


def test_a_copy_has_the_same_words(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text("# words\n[identities]\npatterns = ['x']\n")
    copy = ProjectFile.open(path).copy_to(tmp_path / "b.toml")
    assert copy.path.read_text() == path.read_text()
    copy.change(merge(copy.project, A, C))
    assert ProjectFile.open(path).project.identities.together == ()


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"x" * 4_000_001])
def test_what_is_no_project_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "eventscope.toml"
    path.write_bytes(content)
    with pytest.raises(ProjectError) as raised:
        ProjectFile.open(path)
    assert str(path) in str(raised.value)


def test_lines_end_as_they_did(tmp_path: Path) -> None:
    path = tmp_path / "eventscope.toml"
    path.write_bytes(b"# mine\r\n[identities]\r\npatterns = ['x']\r\n")
    file = ProjectFile.open(path)
    file.change(merge(file.project, A, B))
    assert path.read_bytes().startswith(b"# mine\r\n[identities]\r\npatterns = ['x']\r\n")
