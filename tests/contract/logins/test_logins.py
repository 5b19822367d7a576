"""Every way to log in to a real Kafka with a listener for each, and every way in which that can fail."""

from __future__ import annotations

import asyncio
import time
import urllib.parse
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    NewTopic,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from inspector.brokers import open_adapter
from inspector.brokers.base import Budget
from inspector.brokers.kafka.refusals import principal_of
from inspector.brokers.kafka.security import security_of
from inspector.brokers.kafka.wire import Wire
from inspector.capture.plan import Plan
from inspector.connection import parse
from inspector.demo.broker import KafkaBroker
from inspector.errors import AccessRefused, ConnectionFailed
from inspector.link import ConnectionChanged, ConnectionState, Report
from inspector.observation import Back, Lost, Observation, OffsetsSeen
from inspector.watch import Watch
from tests.contract.logins.listeners import SECRET, TokenService

pytestmark = pytest.mark.kafka


@pytest.mark.parametrize(
    ("url", "password"),
    [
        ("kafka://{PLAINTEXT}", None),
        ("PLAINTEXT://{PLAINTEXT}", None),
        ("kafka+tls://{TLS}?ca={ca}", None),
        ("SSL://{TLS}?ca={ca}", None),
        ("kafka+tls://{MUTUAL}?ca={ca}&cert={client}", None),
        ("kafka+tls://{MUTUAL}?ca={ca}&cert={client}&key={locked_key}", "opensesame"),
        ("kafka://ann@{LOGIN}", SECRET),
        ("kafka://ann:{secret}@{LOGIN}?sasl=plain", None),
        ("kafka://bob@{LOGIN}?sasl=SCRAM-SHA-256", SECRET),
        ("kafka://eve@{LOGIN}?sasl=scram-sha-512", SECRET),
        ("kafka+tls://eve@{LOGINTLS}?sasl=SCRAM-SHA-512&ca={ca}", SECRET),
        ("SASL_SSL://ann@{LOGINTLS}?ca={ca}", SECRET),
        ("kafka://ann@{LOGINTLS}?preset=confluent&ca={ca}", SECRET),
        ("kafka://eve@{LOGINTLS}?preset=msk&ca={ca}", SECRET),
        ("kafka://{MUTUAL}?preset=aiven&ca={ca}&cert={client}", None),
        ("kafka://{LOGINTLS}?preset=event-hubs&ca={ca}", SECRET),
        ("kafka://bob@{LOGINTLS}?preset=redpanda&ca={ca}", SECRET),
        ("kafka://shop@{LOGIN}?{token}&scope=kafka", SECRET),
        ("kafka+tls://shop@{LOGINTLS}?{token}&ca={ca}&token_auth=post", SECRET),
    ],
)
async def test_right(connect: Any, address: Callable[[str], str], url: str, password: str | None) -> None:
    adapter = await connect(parse(address(url), password))
    assert adapter.server.system == "kafka"


@pytest.mark.parametrize("certificate", ["client", "odd"])
async def test_a_certificate_has_the_name_that_kafka_gives_it(
    guarded: KafkaBroker, address: Callable[[str], str], certificate: str
) -> None:
    url = address(f"kafka+tls://{{MUTUAL}}?ca={{ca}}&cert={{{certificate}}}")
    principal, topic = principal_of(parse(url)), f"only-for-{certificate}"
    assert principal is not None
    admin = AdminClient({"bootstrap.servers": guarded.bootstrap})
    admin.create_topics([NewTopic(topic, 1, 1)])[topic].result(20)
    rule = AclBinding(
        ResourceType.TOPIC, topic, ResourcePatternType.LITERAL, principal, "*", AclOperation.READ,
        AclPermissionType.ALLOW,
    )  # fmt: skip
    admin.create_acls([rule])[rule].result(20)
    seen = {}
    for name in ("client", "odd"):
        given = address(f"{{ca}}|{{{name}}}|{{MUTUAL}}").split("|")
        keys = ("ssl.ca.location", "ssl.certificate.location", "bootstrap.servers")
        login = dict(zip(keys, given, strict=True)) | {
            "ssl.key.location": given[1],
            "security.protocol": "ssl",
        }
        until = time.monotonic() + 5
        while not (told := topic in AdminClient(login).list_topics(timeout=20).topics):
            if name != certificate or time.monotonic() > until:
                break
        seen[name] = told
    assert seen == {"client": certificate == "client", "odd": certificate == "odd"}


@pytest.mark.parametrize(
    ("url", "password", "sentence"),
    [
        ("kafka://ann@{LOGIN}", "wrong", "refused the login of ann. Check user, password"),
        ("kafka://bob@{LOGIN}?sasl=SCRAM-SHA-256", "wrong", "refused the login of bob. Check user"),
        ("kafka+tls://eve@{LOGINTLS}?sasl=SCRAM-SHA-512&ca={ca}", "wrong", "refused the login of eve"),
        ("kafka://nobody@{LOGIN}?sasl=SCRAM-SHA-512", SECRET, "refused the login of nobody"),
        ("kafka://ann@{SHORT}", SECRET, "login method PLAIN. Write ?sasl=SCRAM-SHA-256 or OAUTHBEARER"),
        ("kafka://{LOGIN}?sasl=GSSAPI", None, "eventscope[kerberos]"),
        ("kafka+tls://{TLS}?ca={stranger}", None, "is not trusted by"),
        ("kafka+tls://{TLS}", None, "Give its authority with ?ca=FILE"),
        ("kafka+tls://eve@{LOGINTLS}?sasl=SCRAM-SHA-512&ca={stranger}", SECRET, "is not trusted by"),
        ("kafka+tls://ann@{TLS}?ca={ca}", SECRET, "takes no login"),
        ("kafka+tls://{OTHERNAME}?ca={ca}", None, "is for another name"),
        ("kafka+tls://{ENDED}?ca={ca}", None, "has ended. Whoever runs the broker has to renew it"),
        ("kafka+tls://{PLAINTEXT}", None, "does not speak TLS, and the address asks for it. Write kafka://"),
        (
            "kafka+tls://ann@{LOGIN}",
            SECRET,
            "does not speak TLS, and the address asks for it. Write kafka://",
        ),
        (
            "kafka://{TLS}",
            None,
            "speaks TLS, and the address asks for a plain connection. Write kafka+tls://",
        ),
        ("kafka://ann@{LOGINTLS}", SECRET, "speaks TLS, and the address asks for a plain connection"),
        ("kafka://{MUTUAL}", None, "speaks TLS, and the address asks for a plain connection"),
        ("kafka+tls://{MUTUAL}?ca={ca}", None, "wants a certificate from whoever connects. Give yours with"),
        ("kafka+tls://{MUTUAL}?ca={ca}&cert={foreign}", None, "does not take the certificate in"),
        ("kafka+tls://{TLS}?ca={ca}&cert={client}&key={locked_key}", "wrong", "passphrase does not open"),
        ("kafka+tls://{TLS}?ca={ca}&cert={client}&key={locked_key}", None, "is under a passphrase"),
        ("kafka+tls://{TLS}?ca={ca}&cert={client}&key={foreign}", None, "is not that of"),
        ("kafka+tls://{TLS}?ca={ca}&cert={ca}", None, "cannot be used"),
        ("kafka+tls://{TLS}?ca=/nowhere.pem", None, "The authority in /nowhere.pem cannot be read (No such"),
        ("kafka://{LOGIN}", None, "wants a login. Write the user before an @"),
        ("kafka+tls://{LOGINTLS}?ca={ca}", None, "wants a login. Write the user before an @"),
        ("kafka://ann@{PLAINTEXT}", SECRET, "takes no login"),
        ("kafka://ann@{LOGIN}", None, "There is no password for ann"),
        (
            "kafka://shop@{LOGIN}?{token}",
            "wrong",
            "refuses the client shop (invalid_client). Check client id",
        ),
        ("kafka://shop@{LOGIN}?{token}&scope=nonsense", SECRET, "refuses the scope for shop"),
        (
            "kafka://shop@{LOGIN}?token_url=http://127.0.0.1:1/token",
            SECRET,
            "No token comes from 127.0.0.1:1",
        ),
        ("kafka://shop@{LOGIN}?token_url=https://{TLS}/token", SECRET, "is not trusted"),
        ("kafka://shop@{LOGIN}?token_url=http://{PLAINTEXT}/token", SECRET, "No token comes from"),
        ("kafka://shop@{LOGIN}?{token}&scope=elsewhere", SECRET, "has no token endpoint there (status 302)"),
    ],
)
async def test_wrong(
    connect: Any, address: Callable[[str], str], url: str, password: str | None, sentence: str
) -> None:
    began = time.monotonic()
    with pytest.raises(ConnectionFailed) as failed:
        await connect(parse(address(url), password))
    said = str(failed.value)
    assert sentence in said
    assert SECRET not in said
    assert "wrong" not in said
    assert time.monotonic() - began < 5


async def test_a_token_that_the_broker_refuses(
    connect: Any, address: Callable[[str], str], tokens: TokenService
) -> None:
    tokens.subject = ""
    with pytest.raises(AccessRefused, match=r"refused the OAuth 2\.0 \(client credentials\) login of shop"):
        await connect(parse(address("kafka://shop@{LOGIN}?{token}"), SECRET))
    assert len(tokens.asked) == 1


async def test_a_token_that_was_called_back_is_replaced(
    guarded: KafkaBroker, address: Callable[[str], str], tokens: TokenService
) -> None:
    security = security_of(parse(address("kafka://shop@{LOGIN}?{token}"), SECRET))
    assert security.tokens is not None
    tokens.called_back = 1
    assert await security.tokens.token() == "x.y.z"
    host, _, port = guarded.address_of("LOGIN").partition(":")
    wire = await Wire.connect(host, int(port), security, 5.0)
    await wire.close()
    assert len(tokens.asked) == 2


async def test_one_token_is_used_by_all_connections(
    connect: Any, observe: Any, address: Callable[[str], str], tokens: TokenService
) -> None:
    adapter = await connect(parse(address("kafka://shop@{LOGIN}?{token}"), SECRET))
    seen = await observe(adapter)
    await seen.until(lambda: seen.of(OffsetsSeen) is not None and len(seen.observations) > 0)
    assert len(tokens.asked) == 1, "one token for all connections"


async def test_a_session_that_ends_is_taken_up_again_with_a_new_token(
    connect: Any, observe: Any, address: Callable[[str], str], tokens: TokenService
) -> None:
    tokens.lives_s = 2
    seen = await observe(await connect(parse(address("kafka://shop@{SHORT}?{token}"), SECRET)))
    # Each look at the topics is a request; Kafka closes what is used after its session ended (KIP-368).
    await seen.until(lambda: len(tokens.asked) >= 3)
    assert seen.of(Lost) == []
    tokens.status = 503
    await seen.until(lambda: seen.of(Lost))
    assert "gives no token now (temporarily_unavailable)" in seen.of(Lost)[0].message
    tokens.status = 200
    await seen.until(lambda: seen.of(Back))


async def _ignore(_seen: Sequence[Observation]) -> None:
    """Nobody folds what is seen."""


async def test_a_password_changed_while_running_is_refused_and_not_lost(
    guarded: KafkaBroker, address: Callable[[str], str]
) -> None:
    reports: list[Report] = []
    connection = parse(address("kafka://changing@{SHORT}?sasl=SCRAM-SHA-256"), SECRET)
    watch = Watch(connection, Budget(), Plan(), _ignore, reports.append, time.time_ns)

    def state() -> ConnectionChanged:
        return [one for one in reports if isinstance(one, ConnectionChanged)][-1]

    running = asyncio.get_running_loop().create_task(watch.run())
    try:
        async with asyncio.timeout(15):
            while not reports or state().state is not ConnectionState.LIVE:
                await asyncio.sleep(0.02)
            admin = AdminClient({"bootstrap.servers": guarded.bootstrap})
            change = UserScramCredentialUpsertion(
                "changing", ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, 4096), b"another"
            )
            admin.alter_user_scram_credentials([change])["changing"].result(10)
            await running
    finally:
        running.cancel()
    assert state().state is ConnectionState.REFUSED
    assert "refused the login of changing. Check user, password" in state().message


async def test_an_adapter_forgets_nothing_of_its_login_in_what_it_shows(
    address: Callable[[str], str],
) -> None:
    connection = parse(address("kafka://ann:{secret}@{LOGIN}"))
    adapter = open_adapter(connection, Budget())
    await adapter.open()
    try:
        shown = f"{connection} {connection!r} {vars(adapter)!r} {vars(adapter)['_cluster']._security!r}"
    finally:
        await adapter.close()
    assert SECRET not in shown
    assert urllib.parse.quote(SECRET, safe="") not in shown
