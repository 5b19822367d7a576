"""Whose certificates are believed: those that the computer trusts, or one authority from a file."""

from __future__ import annotations

import ssl

from inspector.errors import ConnectionFailed


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
