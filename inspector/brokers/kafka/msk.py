"""Tokens for Amazon MSK: requests signed with the AWS credentials of this computer."""

from __future__ import annotations

import importlib
import importlib.util
import logging
import os
import re
import time

from inspector.brokers.kafka.tokens import Token, Tokens
from inspector.connection import Connection
from inspector.errors import AccessRefused

_REGION = re.compile(r"\.kafka(?:-serverless)?\.([a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|api\.aws)$")

# What these log of a request is enough to repeat it.
for _name in ("botocore", "boto3", "urllib3"):
    logging.getLogger(_name).setLevel(logging.CRITICAL + 1)


def region_of(connection: Connection) -> str | None:
    """The AWS region: as given, as the brokers' names say, or as the environment has it."""
    named = (found[1] for host, _ in connection.addresses if (found := _REGION.search(host)))
    return (
        connection.option("region")
        or next(named, None)
        or os.environ.get("AWS_REGION")
        or os.environ.get("AWS_DEFAULT_REGION")
    )


def tokens_signed(connection: Connection) -> Tokens:
    """Tokens by IAM; raises `AccessRefused` where the package or the region is missing."""
    if importlib.util.find_spec("aws_msk_iam_sasl_signer") is None:
        raise AccessRefused(
            "A login by AWS IAM needs a package that is not installed.", "Run pip install 'eventscope[msk]'."
        )
    region = region_of(connection)
    if region is None:
        raise AccessRefused(
            "The AWS region is not known.", "Write region=eu-west-1, or yours, in the address."
        )
    profile, role = connection.option("profile"), connection.option("role")

    def sign() -> Token:
        signer = importlib.import_module("aws_msk_iam_sasl_signer.MSKAuthTokenProvider")
        aws = importlib.import_module("botocore.exceptions")
        try:
            if role:
                text, ends_ms = signer.generate_auth_token_from_role_arn(region, role, "eventscope")
            elif profile:
                text, ends_ms = signer.generate_auth_token_from_profile(region, profile)
            else:
                text, ends_ms = signer.generate_auth_token(region)
        except (AttributeError, ValueError) as error:  # how the signer takes it that there are none
            raise AccessRefused(
                "No AWS credentials were found on this computer.",
                "Log in with aws sso login or aws configure, or name a profile with profile=.",
            ) from error
        except (aws.BotoCoreError, aws.ClientError) as error:
            raise AccessRefused(
                f"AWS gives no credentials ({_first_sentence(str(error))}).",
                "Check profile= and role=, and log in with aws sso login.",
            ) from error
        return Token(text, ends_ms / 1000 - time.time())

    return Tokens(sign)


def _first_sentence(text: str) -> str:
    return text.splitlines()[0].rstrip(".")[:200] if text else "no reason given"
