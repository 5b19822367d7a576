from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gui.timeline.span import LEAST_NS, SECOND, TICK_PX, Span

HOUR = 3600 * SECOND
starts = st.integers(0, 10 * HOUR)
lengths = st.integers(LEAST_NS, 10 * HOUR)
spans = st.builds(lambda start, length: Span(start, start + length), starts, lengths)


@given(spans, spans, st.floats(0.01, 100.0), st.floats(0.0, 1.0))
def test_a_zoomed_span_is_within_what_there_is_and_keeps_its_place(
    span: Span, bounds: Span, factor: float, part: float
) -> None:
    span = span.within(bounds)
    at_ns = span.start_ns + int(span.length_ns * part)
    found = span.zoomed(factor, at_ns, bounds)
    assert LEAST_NS <= found.length_ns <= max(bounds.length_ns, LEAST_NS)
    assert found.end_ns <= bounds.end_ns
    assert found.start_ns >= bounds.start_ns or found.length_ns > bounds.length_ns
    inside = bounds.start_ns < found.start_ns and found.end_ns < bounds.end_ns
    if inside:
        assert abs(found.x_of(at_ns, 1000.0) - span.x_of(at_ns, 1000.0)) < 1e-3


@given(spans, spans, st.integers(-20 * HOUR, 20 * HOUR))
def test_a_moved_span_is_as_long_and_within_what_there_is(span: Span, bounds: Span, by_ns: int) -> None:
    found = span.moved(by_ns, bounds)
    assert found.length_ns == span.length_ns
    assert found.end_ns <= bounds.end_ns
    if span.length_ns <= bounds.length_ns:
        assert found.start_ns >= bounds.start_ns


@given(spans, spans, st.floats(0.0, 1.0))
def test_a_time_that_is_shown_is_in_the_span(span: Span, bounds: Span, part: float) -> None:
    span = span.within(bounds)
    at_ns = bounds.start_ns + int(bounds.length_ns * part)
    found = span.showing(at_ns, bounds)
    assert found.start_ns <= at_ns <= found.end_ns
    if span.start_ns <= at_ns <= span.end_ns:
        assert found is span


@given(spans, st.integers(200, 3000))
def test_ticks_are_whole_steps_with_room_for_their_words(span: Span, width: int) -> None:
    step, ticks = span.ticks(float(width))
    assert all(at % step == 0 and span.start_ns < at < span.end_ns for at in ticks)
    assert len(ticks) <= width / TICK_PX + 1
    assert step >= SECOND


@given(spans, st.floats(0, 1000))
def test_places_and_times_are_each_others_inverse(span: Span, x: float) -> None:
    assert abs(span.x_of(span.time_at(x, 1000.0), 1000.0) - x) < 1e-3
    assert span.time_at(-5, 1000.0) == span.start_ns
    assert span.time_at(2000, 1000.0) == span.end_ns
