from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.conventions.traces import baggage_service, jaeger_trace_id, skywalking, trace_id

TRACE = "0af7651916cd43dd8448eb211c80319c"


@pytest.mark.parametrize("text", ["", "00", "00-zz", f"00-{'0' * 32}-b7ad6b7169203331-01", "not-a-trace"])
def test_a_broken_trace_gives_nothing(text: str) -> None:
    assert trace_id(text) is None


def test_traces() -> None:
    assert trace_id(f"00-{TRACE}-b7ad6b7169203331-01") == TRACE
    assert jaeger_trace_id("1a:2b:0:1") == "000000000000001a"
    assert jaeger_trace_id(TRACE) is None
    # The example of the protocol's translation in use: service onemore-a.
    sw8 = "1-dC4x-cy4x-2-b25lbW9yZS1h-cG9k-L2dldA==-a2Fma2E="
    assert skywalking(sw8) == ("onemore-a", "t.1")
    assert skywalking("1-!-!-2-\xff-x-y-z") == (None, None)
    assert baggage_service("a=b") is None


@given(st.text(max_size=80))
def test_no_text_makes_them_fail(text: str) -> None:
    trace_id(text), jaeger_trace_id(text), skywalking(text), baggage_service(text)
    skywalking("-".join([text] * 8))
    baggage_service(f"service.name={text}")
