"""Services that are known by name: how each is reached, what it calls things, and where it says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from inspector.logins import CERTIFICATE, IAM, OAUTH, PLAIN, SCRAM_256, SCRAM_512, Method


@dataclass(frozen=True)
class Preset:
    """A service that is reached over TLS in its own way; `preset=` in an address names it."""

    name: str
    title: str
    host: str
    """What its addresses look like."""
    methods: tuple[Method, ...]
    """The ways it offers, its usual one first."""
    needs: str
    link: str
    """Where the service says how to get what is needed."""
    port: int | None = None
    """Its port where it always has the same one."""
    ports: Mapping[str, int] | None = None
    """Its ports by method where each has its own."""
    user: str | None = None
    """The user whom everybody has."""
    words: Mapping[str, str] | None = None
    """Its own words for `User` and `Password`."""
    ca: bool = False
    """Whether its certificate comes from an authority of its own."""

    def port_for(self, method: Method) -> int | None:
        """The port for a method; None where each cluster has another one."""
        return self.port or (self.ports or {}).get(method.name)

    def word(self, word: str) -> str:
        """What this service calls it."""
        return (self.words or {}).get(word, word)


PRESETS: Mapping[str, Preset] = {
    each.name: each
    for each in (
        Preset(
            "confluent",
            "Confluent Cloud",
            "pkc-12345.eu-west-1.aws.confluent.cloud",
            (PLAIN, OAUTH),
            "Make an API key for the cluster: the key is the user, its secret the password.",
            "https://docs.confluent.io/cloud/current/client-apps/config-client.html",
            port=9092,
            words={"User": "API key", "Password": "API secret"},
        ),
        Preset(
            "msk",
            "Amazon MSK",
            "b-1.shop.abc123.c2.kafka.eu-west-1.amazonaws.com",
            (IAM, SCRAM_512, CERTIFICATE),
            "IAM takes the AWS login of this computer; SCRAM takes a user from AWS Secrets Manager.",
            "https://docs.aws.amazon.com/msk/latest/developerguide/iam-access-control.html",
            # https://docs.aws.amazon.com/msk/latest/developerguide/port-info.html, inside the VPC.
            ports={"AWS_MSK_IAM": 9098, "SCRAM-SHA-512": 9096, "CERTIFICATE": 9094},
        ),
        Preset(
            "aiven",
            "Aiven",
            "shop-project.aivencloud.com:12345",
            (CERTIFICATE, SCRAM_256, SCRAM_512, PLAIN),
            "Download ca.pem, service.cert and service.key from the service's overview page. "
            "A login by password has to be enabled there first, and has a port of its own.",
            "https://aiven.io/docs/products/kafka/howto/connect-with-python",
            ca=True,
        ),
        Preset(
            "event-hubs",
            "Event Hubs",
            "shop.servicebus.windows.net",
            (PLAIN, OAUTH),
            "Copy the connection string of a shared access policy of the namespace; it is the password. "
            "The Standard tier or above speaks Kafka.",
            "https://learn.microsoft.com/en-us/azure/event-hubs/azure-event-hubs-apache-kafka-overview",
            port=9093,
            user="$ConnectionString",
            words={"Password": "Connection string"},
        ),
        Preset(
            "redpanda",
            "Redpanda",
            "abc123.any.eu-west-1.mpx.prd.cloud.redpanda.com",
            (SCRAM_256, SCRAM_512, OAUTH),
            "Make a user with a password under Security in the cluster.",
            "https://docs.redpanda.com/redpanda-cloud/security/cloud-authentication/",
            port=9092,
        ),
    )
}
