from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import keyring
import keyring.backend
import keyring.backends.fail
import pytest

from inspector import secrets
from inspector.connection import parse


class Ring(keyring.backend.KeyringBackend):
    """A keyring in memory."""

    priority = 5

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


@pytest.fixture
def ring() -> Iterator[Ring]:
    before, made = keyring.get_keyring(), Ring()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


@pytest.fixture
def no_ring() -> Iterator[None]:
    before = keyring.get_keyring()
    keyring.set_keyring(keyring.backends.fail.Keyring())  # type: ignore[no-untyped-call]
    yield
    keyring.set_keyring(before)


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv(secrets.VARIABLE, "from-environment")
    secrets.from_environment.cache_clear()
    yield
    secrets.from_environment.cache_clear()


@pytest.mark.usefixtures("environment", "ring")
def test_the_environment_gives_its_password_to_this_process_alone() -> None:
    assert secrets.find(parse("kafka://ann@h")) == "from-environment"
    assert secrets.VARIABLE not in os.environ
    assert secrets.find(parse("kafka://ann@h")) == "from-environment"
    assert secrets.find(parse("kafka://ann:written@h")) == "written"
    assert secrets.find(parse("kafka://h")) is None
    assert secrets.find(parse("kafka+tls://h?sasl=IAM")) is None


def test_what_is_kept_is_found_again_for_the_same_user_and_server(ring: Ring) -> None:
    ann = parse("kafka://ann@h:1")
    assert secrets.keyring_exists()
    assert secrets.find(ann) is None
    assert secrets.keep(ann, "kept")
    assert secrets.find(parse("kafka://ann@h:1?sasl=SCRAM-SHA-256")) == "kept"
    assert secrets.find(parse("kafka://bob@h:1")) is None
    assert secrets.find(parse("kafka://ann@i:1")) is None
    assert ring.kept == {("eventscope", "ann@kafka://h:1"): "kept"}


@pytest.mark.usefixtures("no_ring")
def test_without_a_keyring_nothing_is_kept_and_nothing_breaks() -> None:
    assert not secrets.keyring_exists()
    assert not secrets.keep(parse("kafka://ann@h"), "x")
    assert secrets.find(parse("kafka://ann@h")) is None


def test_a_secret_is_called_what_it_is(tmp_path: Path) -> None:
    locked, plain = tmp_path / "locked.key", tmp_path / "plain.key"
    locked.write_text("-----BEGIN ENCRYPTED PRIVATE KEY-----\n")
    plain.write_text("-----BEGIN PRIVATE KEY-----\n")
    for url, called in (
        ("kafka://h", None),
        ("kafka://ann@h", "Password of ann"),
        ("kafka://key@h?preset=confluent", "API secret of key"),
        ("kafka://h?preset=event-hubs", "Connection string of $ConnectionString"),
        ("kafka://app@h?token_url=https://x/t", "Client secret of app"),
        ("kafka://h?sasl=GSSAPI", None),
        (f"kafka+tls://h?cert=c.pem&key={locked}", f"Passphrase of {locked}"),
        (f"kafka+tls://h?cert=c.pem&key={plain}", None),
        ("kafka+tls://h?cert=/nowhere.pem", None),
    ):
        assert secrets.wanted(parse(url)) == called
