"""One real Kafka for all logins."""

from __future__ import annotations

import http.server
import json
import threading
import urllib.parse
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from inspector.demo.broker import KafkaBroker
from tests.contract.logins.listeners import (
    LISTENERS,
    MECHANISMS,
    SECRET,
    SHORT_MS,
    Certificates,
    TokenService,
)


@pytest.fixture
def tokens() -> Iterator[TokenService]:
    """A token endpoint on this machine."""
    service = TokenService()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, answer = service.answer(self.headers, body)
            data = json.dumps(answer).encode()
            self.send_response(status)
            if status == 302:
                self.send_header("Location", f"{service.url}?again")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield service
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="package")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="package")
def guarded(
    tmp_path_factory: pytest.TempPathFactory,
    certificates: Certificates,
    start_server: Callable[[KafkaBroker], KafkaBroker],
) -> Iterator[KafkaBroker]:
    """A Kafka with a listener for each way to come in."""
    modules = "org.apache.kafka.common.security"
    users = f'user_ann="{SECRET}" user_ben="mark7f3a9c" "user_$ConnectionString"="{SECRET}"'
    plain = f"{modules}.plain.PlainLoginModule required {users};"
    scram = f"{modules}.scram.ScramLoginModule required;"
    bearer = f"{modules}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub=broker;"
    properties = {
        "listener.security.protocol.map": ",".join(
            f"{name}:{protocol}"
            for name, protocol in {**LISTENERS, "PLAINTEXT": "PLAINTEXT", "CONTROLLER": "PLAINTEXT"}.items()
        ),
        "sasl.enabled.mechanisms": MECHANISMS,
        "connection.failed.authentication.delay.ms": "20",
        "listener.name.mutual.ssl.client.auth": "required",
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": "User:ANONYMOUS",
        "allow.everyone.if.no.acl.found": "true",
    }
    stores = {"othername": certificates.other_name, "ended": certificates.ended}
    for name, protocol in LISTENERS.items():
        prefix = f"listener.name.{name.lower()}"
        if "SSL" in protocol:
            properties[f"{prefix}.ssl.keystore.type"] = "PEM"
            properties[f"{prefix}.ssl.keystore.location"] = str(stores.get(name.lower(), certificates.broker))
            properties[f"{prefix}.ssl.truststore.type"] = "PEM"
            properties[f"{prefix}.ssl.truststore.location"] = str(certificates.ca)
        if "SASL" in protocol:
            properties |= {
                f"{prefix}.plain.sasl.jaas.config": plain,
                f"{prefix}.scram-sha-256.sasl.jaas.config": scram,
                f"{prefix}.scram-sha-512.sasl.jaas.config": scram,
                f"{prefix}.oauthbearer.sasl.jaas.config": bearer,
            }
    properties["listener.name.short.sasl.enabled.mechanisms"] = "SCRAM-SHA-256,OAUTHBEARER"
    for mechanism in MECHANISMS.lower().split(","):
        properties[f"listener.name.short.{mechanism}.connections.max.reauth.ms"] = str(SHORT_MS)
    scram_users = [
        argument
        for bits, name in (("256", "bob"), ("512", "eve"), ("256", "changing"))
        for argument in ("--add-scram", f"SCRAM-SHA-{bits}=[name={name},password={SECRET}]")
    ]
    broker = KafkaBroker(
        tmp_path_factory.mktemp("guarded"),
        also=tuple(LISTENERS),
        properties=properties,
        format_arguments=scram_users,
    )
    start_server(broker)
    yield broker
    broker.stop()


@pytest.fixture
def address(guarded: KafkaBroker, certificates: Certificates, tokens: TokenService) -> Callable[[str], str]:
    """Fills `{LISTENER}` and `{ca}`, `{client}`, … into an address."""
    places: dict[str, object] = {name: guarded.address_of(name) for name in (*LISTENERS, "PLAINTEXT")}
    places |= {name: value for name, value in vars(certificates).items() if isinstance(value, Path)}
    places["secret"] = urllib.parse.quote(SECRET, safe="")
    places["token"] = f"sasl=OAUTHBEARER&token_url={tokens.url}"
    return lambda text: text.format(**places)
