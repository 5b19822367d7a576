from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.client import MQTTMessage

from inspector.brokers.mqtt.messages import headers_of, properties_of
from inspector.errors import Unsupported
from inspector.record import Headers

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
PAIRS = st.lists(st.tuples(st.text("abü", min_size=1, max_size=5), TEXT), max_size=6)


@given(PAIRS, st.binary(max_size=9), st.booleans())
def test_headers_survive_the_way_there_and_back(
    pairs: list[tuple[str, str]], correlation: bytes, retained: bool
) -> None:
    headers: Headers = tuple((name, text.encode()) for name, text in pairs)
    if correlation:
        headers = (("mqtt.correlation_data", correlation), *headers)
    message = MQTTMessage()
    message.properties = properties_of(headers)
    message.retain = retained
    assert headers_of(message) == (*headers, *((("mqtt.retained", b"1"),) if retained else ()))


def test_what_was_retained_is_not_retained_again() -> None:
    assert properties_of((("mqtt.retained", b"1"),)).isEmpty()  # type: ignore[no-untyped-call]


def test_a_header_that_is_no_text_is_refused_by_its_name() -> None:
    with pytest.raises(Unsupported, match="The header h is no text"):
        properties_of((("h", b"\xff"),))
