from __future__ import annotations

import asyncio

import numpy as np

from inspector.replay.gate import Gate
from inspector.replay.pacing import Pacing
from inspector.replay.request import Pace
from inspector.replay.run import Step


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def gate(clock: Clock, pace: Pace) -> Gate:
    return Gate(Pacing(pace, np.zeros(100, np.int64)), pace.stepwise, clock)


def test_a_rate_lets_go_what_is_due_and_makes_nothing_up_after_a_pause() -> None:
    clock = Clock()
    made = gate(clock, Pace(per_s=10.0))
    assert made.allowed() == 1
    made.passed(1)
    clock.now = 0.5
    assert made.allowed() == 5
    made.passed(5)
    made.steer(Step.PAUSE)
    assert (made.paused, made.allowed()) == (True, 0)
    clock.now = 60.0
    made.steer(Step.GO_ON)
    assert (made.paused, made.allowed()) == (False, 0)
    clock.now = 60.2
    assert made.allowed() == 2


def test_who_is_late_does_not_send_all_at_once() -> None:
    clock = Clock()
    made = gate(clock, Pace(per_s=10.0))
    made.passed(1)
    clock.now = 5.0
    assert made.allowed() <= 1
    clock.now = 5.01
    assert made.allowed() == 1


def test_steps_go_one_by_one_and_the_rest_when_it_goes_on() -> None:
    clock = Clock()
    made = gate(clock, Pace(stepwise=True))
    assert (made.paused, made.allowed()) == (True, 0)
    made.steer(Step.NEXT)
    assert made.allowed() == 1
    made.passed(1)
    assert made.allowed() == 0
    made.steer(Step.GO_ON)
    assert made.allowed() == 99


async def test_whoever_waits_is_woken() -> None:
    made = gate(Clock(), Pace(stepwise=True))
    waiting = asyncio.get_running_loop().create_task(made.opened())
    await asyncio.sleep(0)
    made.steer(Step.STOP)
    await asyncio.wait_for(waiting, 5)
    assert (made.stopped, made.allowed(), made.paused) == ("Stopped by a person.", 0, False)
