from __future__ import annotations

from inspector.brokers.kafka.tokens import RENEW_AT, Token, Tokens


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_a_token_is_used_until_most_of_its_life_is_over() -> None:
    clock, given = Clock(), iter(range(10))
    tokens = Tokens(lambda: Token(f"t{next(given)}", 100.0), clock=clock)
    assert [await tokens.token() for _ in range(3)] == ["t0"] * 3
    assert tokens.held
    clock.now = 100 * RENEW_AT - 0.1
    assert await tokens.token() == "t0"
    clock.now = 100 * RENEW_AT
    assert await tokens.token() == "t1"
    tokens.forget()
    assert await tokens.token() == "t2"


async def test_a_token_of_unknown_life_is_used_once() -> None:
    given = iter(range(10))
    tokens = Tokens(lambda: Token(f"t{next(given)}", 0.0), clock=Clock())
    assert [await tokens.token() for _ in range(2)] == ["t0", "t1"]


def test_a_token_does_not_show_itself() -> None:
    assert "hunter2" not in repr(Token("hunter2", 1.0))
