from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.identity import ServerId
from inspector.connection import Incomplete, draft, parse
from inspector.errors import AddressError
from inspector.logins import METHODS, SASL
from inspector.presets import PRESETS


def test_a_full_address_is_read() -> None:
    connection = parse("kafka+tls://ann:s%40crt@b1:9093,b2?registry=http://r:8081&sasl=PLAIN")
    assert connection.addresses == (("b1", 9093), ("b2", 9092))
    assert connection.tls
    assert connection.user == "ann"
    assert connection.password == "s@crt"
    assert connection.option("registry") == "http://r:8081"
    assert connection.server == ServerId("kafka", "b1:9093,b2:9092")


def test_a_bare_host_and_port_is_kafka() -> None:
    assert parse("localhost:9092").server == ServerId("kafka", "localhost:9092")


def test_an_ipv6_host_keeps_its_brackets() -> None:
    assert parse("kafka://[::1]:9094").bootstrap == ["[::1]:9094"]


def test_the_password_is_never_shown() -> None:
    connection = parse("kafka://ann:hunter2@b1:9092")
    assert "hunter2" not in f"{connection} {connection!r}"


def test_a_password_given_apart_wins() -> None:
    assert parse("kafka://ann:old@b1", "new").password == "new"


@pytest.mark.parametrize(
    ("url", "part"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("http://localhost:9092", "not known"),
        ("kafka+ssh://localhost", "TLS"),
        ("kafka://", "no host"),
        ("kafka://:9092", "no host"),
        ("kafka://h:port", "not a port"),
        ("kafka://h:0", "not a port"),
        ("kafka://h:70000", "not a port"),
        ("kafka://h:²", "not a port"),
        (f"kafka://h:{'9' * 5000}", "not a port"),
        ("kafka://ann@h?token_url=http://[", "no web address"),
        ("kafka://ann@h?token_url=https://ann:pw@login.example/token", "no web address"),
        ("kafka://ann@h?token_url=https://host:port/", "no web address"),
        ("kafka://a,,b", "no host"),
        ("kafka://h/topic", "ends after its port"),
        ("$x:y://h", "cannot be read"),
        ("kafka://ann@h?sasl=MAGIC", "method MAGIC is not known"),
        ("kafka://h?preset=heroku", "service heroku is not known here. Known are confluent, msk"),
        ("kafka://h?sasl=PLAIN", "no user for this login"),
        ("kafka://ann@h?sasl=GSSAPI", "Kerberos takes no user"),
        ("kafka://h?ca=ca.pem", "is for TLS"),
        ("kafka://h?sasl=AWS_MSK_IAM", "AWS IAM needs TLS"),
        ("kafka+tls://h?verify=maybe", "yes or no"),
        ("kafka+tls://h?cert=", "client certificate is missing"),
        ("kafka://ann@h?sasl=OAUTHBEARER", "token endpoint is missing"),
        ("kafka://ann@h?token_url=somewhere", "no web address"),
        ("kafka://ann@h?token_url=http://login.example/token", "unprotected to login.example"),
        ("kafka://h?preset=confluent", "no API key for this login"),
        ("kafka+tls://h?preset=aiven&cert=x", "no port after h"),
    ],
)
def test_a_wrong_address_is_refused_in_one_sentence(url: str, part: str) -> None:
    with pytest.raises(AddressError, match=part):
        parse(url)


@given(st.text(max_size=60))
def test_any_text_is_either_read_or_refused(text: str) -> None:
    try:
        connection = parse(text)
    except AddressError:
        return
    assert parse(str(connection)).server == connection.server


@pytest.mark.parametrize(
    ("url", "method"),
    [
        ("kafka://h", "NONE"),
        ("kafka://ann@h", "PLAIN"),
        ("kafka://ann@h?sasl=scram_sha_512", "SCRAM-SHA-512"),
        ("kafka://ann@h?sasl=SCRAM-SHA256", "SCRAM-SHA-256"),
        ("kafka://ann@h?sasl=scram-512", "SCRAM-SHA-512"),
        ("kafka://ann@h?token_url=https://login.example/token", "OAUTHBEARER"),
        ("kafka://h?sasl=kerberos", "GSSAPI"),
        ("kafka+tls://h?sasl=aws_msk_iam", "AWS_MSK_IAM"),
        ("kafka+tls://h?cert=me.pem", "CERTIFICATE"),
        ("kafka+tls://ann@h?cert=me.pem", "PLAIN"),
        ("kafka://key@h?preset=confluent", "PLAIN"),
        ("kafka://h?preset=msk", "AWS_MSK_IAM"),
        ("kafka://ann@h?preset=msk", "SCRAM-SHA-512"),
        ("kafka://h?preset=msk&cert=me.pem", "CERTIFICATE"),
        ("kafka://h:1?preset=aiven&cert=me.pem&ca=ca.pem", "CERTIFICATE"),
        ("kafka://avnadmin@h:1?preset=aiven&ca=ca.pem", "SCRAM-SHA-256"),
        ("kafka://h?preset=event-hubs", "PLAIN"),
        ("kafka://ann@h?preset=redpanda", "SCRAM-SHA-256"),
    ],
)
def test_the_method_is_as_written_or_as_what_is_given_suggests(url: str, method: str) -> None:
    connection = parse(url)
    assert connection.method is METHODS[method]
    assert parse(str(connection)) == connection


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("kafka://key@h?preset=confluent", "h:9092"),
        ("kafka://h?preset=msk", "h:9098"),
        ("kafka://ann@h?preset=msk", "h:9096"),
        ("kafka://h?preset=msk&cert=me.pem", "h:9094"),
        ("kafka://h?preset=event-hubs", "h:9093"),
        ("kafka://ann@h,i:1?preset=redpanda", "h:9092,i:1"),
    ],
)
def test_a_preset_brings_tls_and_the_port(url: str, address: str) -> None:
    connection = parse(url)
    assert connection.tls
    assert connection.server.address == address


def test_event_hubs_has_one_user_for_everybody() -> None:
    assert parse("kafka://h?preset=event-hubs").user == "$ConnectionString"
    with_token = "kafka://app@h?preset=event-hubs&token_url=https://login.example/t"
    assert parse(with_token).user == "app"


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_a_preset_is_complete(preset: object) -> None:
    from inspector.presets import Preset

    assert isinstance(preset, Preset)
    assert preset.link.startswith("https://")
    assert preset.needs.endswith(".")
    assert all(METHODS[method.name] is method for method in preset.methods)


def test_every_method_that_can_be_written_is_read() -> None:
    for name in SASL:
        written = draft(f"kafka+tls://ann@h?sasl={name}").connection
        assert written.method is METHODS[name]


@pytest.mark.parametrize(
    ("pasted", "addresses", "tls"),
    [
        ("h1:9092,h2:9093", (("h1", 9092), ("h2", 9093)), False),
        ("h1:9092, h2:9093", (("h1", 9092), ("h2", 9093)), False),
        ("h1:9092\nh2:9093\n", (("h1", 9092), ("h2", 9093)), False),
        ("bootstrap.servers=h1:9092;h2:9093", (("h1", 9092), ("h2", 9093)), False),
        ("SASL_SSL://h1:9092", (("h1", 9092),), True),
        ("SSL://h1:9092,SSL://h2:9093", (("h1", 9092), ("h2", 9093)), True),
        ("sasl_plaintext://h1:9092, SASL_PLAINTEXT://h2:9093", (("h1", 9092), ("h2", 9093)), False),
        ("h1:9092?registry=http://r:8081", (("h1", 9092),), False),
    ],
)
def test_what_people_paste_is_read(pasted: str, addresses: object, tls: bool) -> None:
    connection = parse(pasted)
    assert (connection.addresses, connection.tls) == (addresses, tls)


@pytest.mark.parametrize(
    "url",
    [
        "kafka://ann:hunter2/x@h:9092",
        "kafka://ann:hunter2?x@h:9092",
        "kafka://ann:12/hunter2@h",
        "ann:hunter2://x@h",
        "kafka://ann:x?hunter2@h",
        "kafka://ann:hunter2@h:port",
        "kafka://ann:hunter2@h?sasl=nonsense",
        "kafka://$ConnectionString:Endpoint=sb://hunter2/;SharedAccessKey=hunter2@h",
    ],
)
def test_no_refusal_repeats_a_password(url: str) -> None:
    with pytest.raises(AddressError) as refused:
        parse(url)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("name", ["password", "client_secret"])
def test_a_password_in_the_query_is_one_too(name: str) -> None:
    connection = parse(f"kafka://ann@h?{name}=hunter2&sasl=PLAIN")
    assert connection.password == "hunter2"
    assert "hunter2" not in f"{connection} {connection!r}"


def test_the_login_of_a_registry_is_not_shown_and_not_lost() -> None:
    connection = parse("kafka://h?registry=https://ann:hunter2@r:8081")
    assert "hunter2" not in f"{connection} {connection!r}"
    assert str(connection).endswith("registry=https://ann@r:8081")
    assert parse(connection.written(with_secrets=True)) == connection


@pytest.mark.parametrize("password", ["hunter2", "hun@ter2", "hun/ter2", "hun,ter2", "hun:ter2", "hun?ter2"])
def test_several_registries_are_shown_without_their_passwords(password: str) -> None:
    value = f"https://ann:{password}@r:8081,https://s:8081,https://bob:{password}@t:8081"
    connection = replace(parse("kafka://h"), options=(("registry", value),))
    assert str(connection) == "kafka://h:9092?registry=https://ann@r:8081,https://s:8081,https://bob@t:8081"


@given(st.text(min_size=1), st.text(), st.sampled_from(["ca", "extension.logicalCluster", "registry"]))
def test_every_user_and_option_survives_being_written(user: str, value: str, option: str) -> None:
    connection = replace(parse("kafka+tls://x@h"), user=user, options=((option, value),))
    assert parse(connection.written(with_secrets=True)) == connection


def test_what_is_missing_is_told_apart_from_what_is_wrong() -> None:
    with pytest.raises(Incomplete) as missing:
        parse("kafka+tls://ann@h?sasl=OAUTHBEARER")
    assert missing.value.field == "token_url"


@pytest.mark.parametrize("host", ["a..b", "x" * 64])
def test_what_can_be_no_host_name_is_told(host: str) -> None:
    with pytest.raises(AddressError, match="is no host name"):
        parse(f"kafka://{host}:9092")
    with pytest.raises(AddressError):
        parse(f"kafka://id@h?sasl=OAUTHBEARER&token_url=https://{host}/token")
