"""Where a password comes from: never from a file of ours, never shown."""

from __future__ import annotations

import os

import keyring
import keyring.errors

from inspector.connection import Connection

SERVICE = "eventscope"
VARIABLE = "EVENTSCOPE_PASSWORD"


def find(connection: Connection) -> str | None:
    """The password of a connection that names a user: its URL, the environment, then the keyring."""
    if connection.user is None:
        return None
    return connection.password or os.environ.get(VARIABLE) or _kept(connection)


def _kept(connection: Connection) -> str | None:
    try:
        return keyring.get_password(SERVICE, _account(connection))
    except keyring.errors.KeyringError:
        return None


def keep(connection: Connection, password: str) -> bool:
    """Put a password into the keyring; False where this machine has none."""
    try:
        keyring.set_password(SERVICE, _account(connection), password)
    except keyring.errors.KeyringError:
        return False
    return True


def _account(connection: Connection) -> str:
    return f"{connection.user}@{connection.server}"
