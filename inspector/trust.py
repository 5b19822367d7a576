"""Whose certificates are believed: those that the computer trusts, or one authority from a file."""

from __future__ import annotations

import ssl
from pathlib import Path

from inspector.connection import Connection
from inspector.errors import AccessRefused, ConnectionFailed
from inspector.logins import CERTIFICATE
from inspector.secrets import encrypted


def trusting(ca: str | None) -> ssl.SSLContext:
    """A context that checks certificates and names; raises `ConnectionFailed` where the PEM file is unfit."""
    try:
        context = ssl.create_default_context(cafile=ca)
    except OSError as error:  # ssl.SSLError is one
        why = "it holds no certificate" if isinstance(error, ssl.SSLError) else error.strerror or str(error)
        raise ConnectionFailed(
            f"The authority in {ca} cannot be read ({why}).", "Give a PEM file."
        ) from error
    if ca is not None:
        # Python 3.13 made both the default. Authorities that companies make for themselves often lack what
        # RFC 5280 asks for, and a file may hold the certificate that is meant without those above it.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context


def context_of(connection: Connection) -> ssl.SSLContext:
    """TLS as an address asks for it: `ca`, `cert`, `key`, `verify`; raises which file is unfit, and why."""
    cert, key = connection.option("cert"), connection.option("key")
    context = trusting(connection.option("ca"))
    if cert:
        passphrase = (connection.password or "") if connection.method is CERTIFICATE else ""
        try:
            # Without a passphrase OpenSSL would ask for one on the terminal.
            context.load_cert_chain(cert, key, passphrase)
        except ssl.SSLError as error:
            raise _unfit(cert, key, passphrase, error) from error
        except OSError as error:
            raise ConnectionFailed(
                f"The certificate in {cert}{f' or its key in {key}' if key else ''} cannot be read "
                f"({error.strerror or error}).",
                "Give PEM files.",
            ) from error
    if connection.option("verify") == "no":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _unfit(cert: str, key: str | None, passphrase: str, error: ssl.SSLError) -> ConnectionFailed:
    if error.reason == "KEY_VALUES_MISMATCH":
        return ConnectionFailed(
            f"The key in {key or cert} is not that of {cert}.", "Give the two that belong together."
        )
    if encrypted(Path(key or cert)):
        if passphrase:
            return AccessRefused(f"The passphrase does not open the key in {key or cert}.", "Give it again.")
        return AccessRefused(
            f"The key in {key or cert} is under a passphrase.",
            "Give it as the password, or where a user's password is needed too, use a key without one.",
        )
    return ConnectionFailed(
        f"{cert} and its key cannot be used ({error.reason or error}).", "Give PEM files, the key with key=."
    )
