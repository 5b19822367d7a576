from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import trustme

from inspector.brokers.kafka.refusals import Refusals, Sight, acl_command
from inspector.connection import parse
from inspector.observation import NotVisible, VisibleAgain

CONNECTION = parse("kafka://reader@broker:9092")


def test_a_refusal_is_told_when_it_begins_changes_and_ends() -> None:
    refusals = Refusals(CONNECTION)
    (told,) = refusals.settle(Sight.RECORDS, {"orders"})
    assert isinstance(told, NotVisible)
    assert (told.unavailable.what, told.server) == ("records", CONNECTION.server)
    assert refusals.settle(Sight.RECORDS, ["orders"]) == []
    assert len(refusals.settle(Sight.RECORDS, {"orders", "payments"})) == 1
    assert refusals.settle(Sight.SENDERS, ()) == []
    assert refusals.settle(Sight.RECORDS, ()) == [VisibleAgain("records", CONNECTION.server)]
    assert refusals.settle(Sight.RECORDS, ()) == []


def test_many_names_are_counted_and_the_command_stays_short() -> None:
    (told,) = Refusals(CONNECTION).settle(Sight.SENDERS, {f"t{number:02}" for number in range(30)})
    assert isinstance(told, NotVisible)
    assert told.unavailable.why == "Kafka refuses this login Read on topics t00, t01, t02 and 27 more."
    assert told.unavailable.remedy.endswith("--operation Read --topic '*'")


def test_the_command_names_the_login() -> None:
    assert acl_command(CONNECTION, "Describe", "group", ["a", "b"]) == (
        "Allow it: kafka-acls --bootstrap-server broker:9092 --add "
        "--allow-principal User:reader --operation Describe --group a --group b"
    )
    assert acl_command(CONNECTION, "Describe", "group", ["night shift"]).endswith("--group 'night shift'")
    assert "User:ANONYMOUS --operation Describe --cluster" in acl_command(
        parse("kafka://x"), "Describe", "cluster"
    )


@pytest.mark.parametrize(
    "address",
    [
        "kafka+tls://x?cert=/no/such/file",
        "kafka://client@x?sasl=OAUTHBEARER&token_url=https://y/token",
        "kafka://x?sasl=GSSAPI",
        "kafka+tls://x?sasl=AWS_MSK_IAM&region=eu-west-1",
        "kafka://key@x?preset=confluent",
    ],
)
def test_what_only_the_broker_knows_is_not_made_up(address: str) -> None:
    command = acl_command(parse(address), "Read", "topic")
    assert command.startswith("Allow it to the principal of this login, NAME in the command: kafka-acls ")
    assert " --allow-principal User:NAME --operation" in command


def test_a_certificate_is_known_by_its_subject(tmp_path: Path) -> None:
    issued = trustme.CA().issue_cert("shop", common_name="shop", organization_name="Acme, Ltd")
    issued.private_key_and_cert_chain_pem.write_to_path(tmp_path / "shop.pem")
    command = acl_command(parse(f"kafka+tls://x?cert={tmp_path}/shop.pem"), "Read", "topic")
    assert command.startswith("Allow it: kafka-acls ")
    words = shlex.split(command)
    principal = words[words.index("--allow-principal") + 1]
    assert re.fullmatch(r"User:CN=shop,OU=Testing cert \\#[\w-]+,O=Acme\\, Ltd", principal)
