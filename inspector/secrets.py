"""Where a password comes from: never from a file of ours, never shown, never left to a child process."""

from __future__ import annotations

import logging
import os
from functools import cache
from pathlib import Path

from inspector.connection import Connection
from inspector.logins import CERTIFICATE

log = logging.getLogger("eventscope.secrets")

SERVICE = "eventscope"
VARIABLE = "EVENTSCOPE_PASSWORD"


@cache
def from_environment() -> str | None:
    """The password in the environment, which is taken out of it so that no child process inherits it."""
    return os.environ.pop(VARIABLE, None) or None


def wanted(connection: Connection) -> str | None:
    """What the secret of a connection is called, such as `Password of ann`; None where it needs none."""
    method, preset = connection.method, connection.preset
    if method is not CERTIFICATE and method.secret:
        return f"{preset.word(method.secret) if preset else method.secret} of {connection.user}"
    key = connection.option("key") or connection.option("cert")
    return f"Passphrase of {key}" if key and encrypted(Path(key)) else None


def find(connection: Connection) -> str | None:
    """The secret of a connection that needs one: its URL, the environment, then the keyring."""
    if wanted(connection) is None:
        return None
    return connection.password or from_environment() or _kept(connection)


def keyring_exists() -> bool:
    """Whether this computer has a keyring to keep a password in; may take some tenths of a second."""
    import keyring

    return keyring.get_keyring().priority >= 1


def keep(connection: Connection, password: str) -> bool:
    """Put a password into the keyring; False where this machine has none."""
    import keyring

    # Each keyring raises kinds of its own, here and below; none of them is worth the connection.
    try:
        keyring.set_password(SERVICE, _account(connection), password)
    except Exception as error:  # noqa: BLE001
        log.info("the keyring keeps nothing: %s", type(error).__name__)
        return False
    return True


def _kept(connection: Connection) -> str | None:
    import keyring

    try:
        return keyring.get_password(SERVICE, _account(connection))
    except Exception as error:  # noqa: BLE001
        log.info("the keyring gives nothing: %s", type(error).__name__)
        return None


def _account(connection: Connection) -> str:
    return f"{connection.user or connection.method.name}@{connection.server}"


def encrypted(key: Path) -> bool:
    """Whether a PEM file holds a key under a passphrase (RFC 7468 and the older form of RFC 1421)."""
    try:
        return b"ENCRYPTED" in key.read_bytes()
    except OSError:
        return False
