"""What runs inside the process of one instance of an application."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import random
import signal
import threading
from multiprocessing.connection import wait

from inspector.connection import parse
from inspector.demo.shop.exactly_once import ExactlyOnce
from inspector.demo.shop.program import Desk, Program
from inspector.demo.shop.scenario import Application, Scenario
from inspector.demo.shop.through_kafka import KafkaTransport
from inspector.demo.shop.transport import Transport, transport_to

REST_S = 1.0
"""Between a failure, such as a broker that went away, and the next try."""


def work(scenario: Scenario, application: Application, instance: int, attempt: int, url: str) -> None:
    """Be one instance of an application until the process is ended, or its parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    # Clients tell at length about every broker that is not there; a defect still ends in a traceback.
    logging.disable(logging.ERROR)
    chance = random.Random(f"{scenario.seed}/{application.name}/{instance}/{attempt}")
    transport = transport_to(parse(url), scenario)
    asyncio.run(_work(Desk(scenario, application, chance), application, instance, transport, chance))


async def _work(
    desk: Desk, application: Application, instance: int, transport: Transport, chance: random.Random
) -> None:
    while True:
        try:
            await _program(transport, application, instance, desk, chance).run()
        except transport.failures:
            await asyncio.sleep(REST_S)


def _program(
    transport: Transport, application: Application, instance: int, desk: Desk, chance: random.Random
) -> Program | ExactlyOnce:
    if application.transactional_id is not None and isinstance(transport, KafkaTransport):
        return ExactlyOnce(application, instance, transport.bootstrap, desk)
    return Program(application, instance, transport, desk, chance)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
    os._exit(0)
