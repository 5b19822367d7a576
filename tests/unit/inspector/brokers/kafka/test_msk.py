from __future__ import annotations

import base64
import logging
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from inspector.brokers.kafka.msk import region_of, tokens_signed
from inspector.brokers.kafka.security import security_of
from inspector.connection import parse
from inspector.errors import AccessRefused

MSK = "kafka+tls://b-1.shop.abc.c2.kafka.eu-west-1.amazonaws.com:9098?sasl=AWS_MSK_IAM"


@pytest.mark.parametrize(
    ("url", "region"),
    [
        (MSK, "eu-west-1"),
        ("kafka://boot-x.c1.kafka-serverless.us-east-2.amazonaws.com?preset=msk", "us-east-2"),
        ("kafka://b-1.x.c2.kafka.cn-north-1.amazonaws.com.cn?preset=msk", "cn-north-1"),
        (f"{MSK}&region=ap-south-1", "ap-south-1"),
        ("kafka://localhost?preset=msk", None),
    ],
)
def test_the_region_is_in_the_name_of_the_broker(
    url: str, region: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_REGION", raising=False)
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    assert region_of(parse(url)) == region


@pytest.fixture
def no_aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No AWS login on this computer, and no service on the network that is asked for one."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))


@pytest.mark.usefixtures("no_aws")
class TestMsk:
    async def test_a_token_is_signed_for_the_region(
        self, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
        security = security_of(parse(MSK))
        assert (security.method.mechanism, security.protocol) == ("OAUTHBEARER", "SASL_SSL")
        assert security.tokens is not None
        with caplog.at_level(logging.DEBUG):
            text = await security.tokens.token()
        signed = urlsplit(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode())
        query = parse_qs(signed.query)
        assert signed.hostname == "kafka.eu-west-1.amazonaws.com"
        assert query["Action"] == ["kafka-cluster:Connect"]
        assert query["X-Amz-Credential"][0].startswith("AKIDEXAMPLE/")
        assert security.tokens.held
        assert query["X-Amz-Signature"][0] not in caplog.text

    async def test_without_credentials(self) -> None:
        with pytest.raises(
            AccessRefused, match=r"No AWS credentials were found on this computer\. Log in with"
        ):
            await tokens_signed(parse(MSK)).token()

    async def test_with_a_profile_that_is_not_there(self) -> None:
        with pytest.raises(AccessRefused, match=r"profile \(shop\) could not be found\)\. Check profile="):
            await tokens_signed(parse(f"{MSK}&profile=shop")).token()

    def test_without_a_region(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("AWS_REGION", raising=False)
        monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
        with pytest.raises(AccessRefused, match=r"region is not known\. Write region="):
            tokens_signed(parse("kafka://localhost?preset=msk"))
