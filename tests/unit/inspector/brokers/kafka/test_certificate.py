"""The subject of a certificate as Kafka writes it; that Kafka does write it so is tested with its logins."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from inspector.brokers.kafka.certificate import subject

KEY = ec.generate_private_key(ec.SECP256R1())
KNOWN = [
    NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME, NameOID.ORGANIZATIONAL_UNIT_NAME, NameOID.LOCALITY_NAME,
    NameOID.STATE_OR_PROVINCE_NAME, NameOID.STREET_ADDRESS, NameOID.DOMAIN_COMPONENT, NameOID.USER_ID,
]  # fmt: skip


def written(folder: Path, *groups: dict[x509.ObjectIdentifier, str]) -> Path:
    """A file with a certificate whose subject has these parts, from the first to the last."""
    name = x509.Name(
        x509.RelativeDistinguishedName([x509.NameAttribute(oid, value) for oid, value in group.items()])
        for group in groups
    )
    now = datetime.datetime(2026, 1, 1)
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "issuer")])
    built = x509.CertificateBuilder(issuer, name, KEY.public_key(), 7, now, now).sign(KEY, SHA256())
    (folder / "client.pem").write_bytes(b"# of the shop\n" + built.public_bytes(Encoding.PEM))
    return folder / "client.pem"


def test_the_parts_are_listed_from_the_last_to_the_first(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        {NameOID.COUNTRY_NAME: "DE"},
        {NameOID.ORGANIZATION_NAME: 'Acme, Ltd; "Ä" <x>=+\\ #1'},
        {NameOID.COMMON_NAME: "shop", NameOID.USER_ID: "7"},
        {NameOID.LOCALITY_NAME: "  by the sea "},
    )
    parts = (r"L=\ \ by the sea\ ", "CN=shop+UID=7", r"O=Acme\, Ltd\; \"Ä\" \<x\>\=\+\\ \#1", "C=DE")
    assert subject(path) == ",".join(parts)


def test_attributes_that_have_no_name_there_are_numbers(tmp_path: Path) -> None:
    path = written(tmp_path, {NameOID.EMAIL_ADDRESS: "a@b"}, {NameOID.COMMON_NAME: "shop"})
    assert subject(path) == "CN=shop,1.2.840.113549.1.9.1=#1603614062"


plain = st.text("abcdefghijkl 0123456789äß-_.", min_size=1, max_size=60).map(str.strip).filter(bool)


@given(names=st.lists(st.tuples(st.sampled_from(KNOWN), plain), min_size=1, max_size=6))
def test_it_agrees_with_rfc_4514_where_nothing_is_escaped(
    names: list[tuple[x509.ObjectIdentifier, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = written(tmp_path_factory.mktemp("names"), *({oid: value} for oid, value in names))
    made = x509.load_pem_x509_certificate(path.read_bytes()).subject
    assert subject(path) == made.rfc4514_string()


@given(st.binary(max_size=200))
def test_what_is_no_certificate_has_no_subject(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("names") / "file"
    for content in (data, b"-----BEGIN CERTIFICATE-----\n" + data, _cut(data)):
        path.write_bytes(content)
        assert subject(path) is None
    assert subject(path.parent / "missing") is None


def _cut(data: bytes) -> bytes:
    import base64

    return b"-----BEGIN CERTIFICATE-----\n" + base64.b64encode(data) + b"\n-----END CERTIFICATE-----\n"
