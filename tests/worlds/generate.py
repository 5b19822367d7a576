"""Worlds from seeds: how programs are named, what they share, and what goes wrong.

The mistakes are the false positives that are known of each rule. How often each happens is an assumption,
given here as the share of programs (or of what is named) in an ordinary world; a world is tidy (half of it),
ordinary, or sloppy (twice of it), so that no rule can be right by being tuned to one rate.

| mistake | share |
|---|---|
| a forwarder that copies headers: mirror, gateway, outbox relay, router of failed records | 3 % |
| a copied configuration: the client id or source of another program | 1 % each |
| a transactional id of another program, which keeps both from working | 0.3 % |
| a group named after what it reads, as another program may be | 3 % |
| two programs of one name, in two teams | 1 % |
| the same program once more, as `-v2`, in a region, for a tenant | 10 % |
| a name that imitates a framework | 0.5 % |
| a generic name (`test`, `app`, `consumer-group`) | 3 % |
| a client id of the library that many share | 40 % |
| hosts: one for each program, some for all, or one address for all behind a gateway | a third each |
| a group or producer that is gone, with its commits and producer ids still there | 5 % |
| a program that lives and is silent, as a nightly job | 5 % |
| headers that name devices instead of programs | one topic in 5 % of worlds |
"""

from __future__ import annotations

import random
from uuid import UUID

from graph.model import Alias
from inspector.record import Headers
from tests.worlds.model import Group, Mode, Output, Program, Sight, World

_SPELLED = {
    "nouns": "order payment invoice shipment cart customer product stock price catalog search refund ledger "
    "account fraud loyalty coupon notification email audit report warehouse parcel route driver fleet claim "
    "policy quote risk tax billing identity session profile media review rating campaign lead ticket chat "
    "booking inventory supplier contract payroll meter sensor asset content click basket wallet card",
    "tails": "manager processor history tracker enricher gateway sync export import index projection scorer "
    "router writer engine portal adapter archive monitor planner",
    "events": "created updated events commands changes requests results deleted state v1",
    "libraries": "rdkafka aiokafka-0.12.0 sarama kafkajs consumer-1 kafka-python-2.0.2 producer-1",
}
_NOUNS, _TAILS, _EVENTS, _LIBRARIES = (text.split() for text in _SPELLED.values())
_GENERIC = ["test", "app", "consumer-group", "my-group", "backend", "service", "main"]
_DEPLOYED = ["-v2", "-eu", "-us", "-tenant-a", "-blue", "-staging"]


class _Maker:
    def __init__(self, seed: int, programs: int | None) -> None:
        self.rng = random.Random(seed)
        rng = self.rng
        self.count = programs or round(10 * 50 ** (rng.random() ** 1.5))
        self.sloppy = rng.choice([0.5, 1.0, 2.0])
        self.headers = rng.uniform(0.1, 0.95)
        self.numbered = rng.uniform(0.3, 1.0)
        self.modes = [rng.uniform(0.1, 1) for _ in Mode]
        self.styles = [rng.uniform(0.05, 1) ** 2 for _ in range(7)]
        self.hosting = rng.choice(["own", "shared", "gateway"])
        self.next_id = 1_000
        self.world = World(seed, [], [], self._sight())
        self.taken: set[str] = set()

    def chance(self, share: float) -> bool:
        """Whether one of the mistakes happens."""
        return self.rng.random() < share * self.sloppy

    def _sight(self) -> Sight:
        rng = self.rng
        return Sight(
            groups=rng.random() < 0.95,
            transactions=rng.random() < 0.8,
            commit_log=rng.random() < 0.3,
            permissions=rng.random() < 0.3,
        )

    def make(self) -> World:
        """Topics, then programs, then those that forward what others wrote."""
        rng, world = self.rng, self.world
        stems = rng.sample(
            [*_NOUNS, *(f"{a}-{b}" for a in _NOUNS for b in _TAILS)], k=min(900, self.count + 40)
        )
        separator = rng.choice(["-", ".", "_"])
        topics = [rng.choice([stem, f"{stem}s", f"{stem}{separator}{rng.choice(_EVENTS)}"]) for stem in stems]
        world.topics = sorted(set(rng.sample(topics, k=min(len(topics), max(8, int(self.count * 1.5))))))
        names = [stem if rng.random() < 0.7 else f"{stem}-{rng.choice(['service', 'svc'])}" for stem in stems]
        while len(world.programs) < self.count:
            name = names.pop() if names else f"{rng.choice(_NOUNS)}-{len(world.programs)}x"
            self._program(name)
            if self.chance(0.10):
                self._program(name + rng.choice(_DEPLOYED))
            if self.chance(0.01):
                self._program(name)
        for _ in range(sum(self.chance(0.03) for _ in range(self.count))):
            self._forwarder()
        if rng.random() < 0.05:
            self._devices()
        if rng.random() < 0.3:
            share = rng.uniform(0.05, 0.4)
            world.sight.unreadable = frozenset(each for each in world.topics if rng.random() < share)
        return world

    # Names

    def _styled(self, name: str, styles: list[str]) -> str:
        """A name in one of the styles, of which a world prefers some."""
        style = self.rng.choices(styles, self.styles[: len(styles)])[0]
        camel = "".join(word.capitalize() for word in name.split("-"))
        return style.format(name=name, camel=camel, snake=name.replace("-", "_"), n=self.rng.randint(0, 9))

    def _uuid(self) -> str:
        return str(UUID(int=self.rng.getrandbits(128), version=4))

    def _other(self) -> Program | None:
        return self.rng.choice(self.world.programs) if self.world.programs else None

    # Programs

    def _program(self, name: str) -> None:
        rng, world = self.rng, self.world
        true_name = name
        while true_name in self.taken:
            true_name += " of another team"
        self.taken.add(true_name)
        mode = rng.choices(list(Mode), self.modes)[0]
        program = Program(true_name, mode, retired=self.chance(0.05))
        program.quiet = not program.retired and self.chance(0.05)
        if rng.random() < 0.25:
            program.restarts_at = rng.uniform(20, 280)
        reads = rng.sample(world.topics, rng.choice([0, 1, 1, 1, 2, 2, 3, 4]))
        writes = rng.sample(world.topics, rng.choice([0, 0, 1, 1, 1, 2, 3]))
        if not reads and not writes:
            reads = [rng.choice(world.topics)]
        if mode is Mode.EXACTLY_ONCE and not reads:
            program.mode = Mode.TRANSACTIONAL
        hosts = self._hosts(rng.choice([1, 1, 2, 3]))
        self._groups(program, name, reads, hosts)
        self._outputs(program, name, writes)
        self._producer_ids(program, name, len(hosts))
        program.principal = rng.choice([f"User:{name}", "User:apps"])
        self.world.own(program, Alias("principal", program.principal.removeprefix("User:")))
        world.programs.append(program)

    def _hosts(self, instances: int) -> list[str]:
        rng = self.rng
        if self.hosting == "gateway":
            return ["10.0.0.1"] * instances
        if self.hosting == "shared":
            return [f"10.1.0.{rng.randint(1, 12)}" for _ in range(instances)]
        return [
            f"10.{rng.randint(2, 250)}.{rng.randint(0, 255)}.{rng.randint(1, 254)}" for _ in range(instances)
        ]

    def _groups(self, program: Program, name: str, reads: list[str], hosts: list[str]) -> None:
        rng = self.rng
        if not reads:
            return
        several = len(reads) > 1 and rng.random() < 0.25
        streams = program.mode is Mode.EXACTLY_ONCE and rng.random() < 0.5
        # Of Kafka Connect, which names groups and clients itself.
        connector = not several and not streams and random.Random(f"sink {name}").random() < 0.06
        for topics in [[each] for each in reads] if several and not streams else [reads]:
            group = self._styled(
                name,
                ["{name}", "{name}-consumer", "{name}-group", "{camel}", "{snake}", "{name}-cg-1", "{name}"],
            )
            if several:
                group = rng.choice(
                    [f"{name}-{topics[0]}", f"{topics[0]}-{name}-listener", f"{group}.{topics[0]}"]
                )
            if self.chance(0.03):
                group = rng.choice([topics[0], f"{topics[0]}-consumer"])
            elif self.chance(0.03):
                group = f"{rng.choice(_GENERIC)}{rng.choice(['', '-1', '-' + topics[0]])}"
            elif self.chance(0.005):
                group = f"connect-{name}"
            if connector:
                group = f"connect-{name}"
            if any(each.name == group for other in self.world.programs for each in other.groups):
                group = f"{group}-{rng.randint(10, 99)}x"  # one group cannot be of two programs and work
            process = self._uuid()
            clients = []
            for number, _ in enumerate(hosts):
                client = self._client(name, group, number)
                if streams:
                    group = name
                    client = f"{name}-{process}-StreamThread-{number + 1}-consumer"
                if connector:
                    client = f"connector-consumer-{name}-{number}"
                clients.append(client)
                self.world.own(program, Alias("client-id", client))
            kind = rng.choice(["classic", "classic", "consumer"])
            alone = not streams and program.mode is not Mode.EXACTLY_ONCE and rng.random() < 0.05
            program.groups.append(Group(group, topics, clients, hosts, kind, alone))
            self.world.own(program, Alias("group", group))

    def _client(self, name: str, group: str, number: int) -> str:
        rng = self.rng
        if rng.random() < 0.4:
            return rng.choice([*_LIBRARIES, f"consumer-{group}-{number + 1}"])
        if self.chance(0.01) and (other := self._other()) is not None and other.groups:
            return rng.choice(other.groups).clients[0]
        styles = ["{name}", "{name}-consumer", "{name}-client", "{camel}", "{snake}"]
        return f"{self._styled(name, styles)}-{number}"

    def _outputs(self, program: Program, name: str, writes: list[str]) -> None:
        rng = self.rng
        headers: Headers = ()
        if rng.random() < self.headers:
            headers = self._sender(program, name)
        for where in writes:
            some = headers if rng.random() < 0.9 else ()
            program.outputs.append(Output(where, some, rng.random() < self.numbered))
        if program.groups and rng.random() < 0.08:
            self._dead_letters(program)

    def _sender(self, program: Program, name: str) -> Headers:
        rng = self.rng
        styles = ["/{name}", "{name}", "{camel}", "/{snake}", "urn:acme:{name}", "https://acme.com/{name}"]
        source = self._styled(name, styles)
        others = sorted(alias.value for alias in self.world.owners if alias.kind == "source")
        if self.chance(0.03):
            source = "/" + rng.choice(_GENERIC)
        if others and self.chance(0.01):
            source = rng.choice(others)
        else:
            self.world.own(program, Alias("source", source))
        return (("ce_specversion", b"1.0"), ("ce_type", b"thing.happened"), ("ce_source", source.encode()))

    def _dead_letters(self, program: Program) -> None:
        group = self.rng.choice(program.groups)
        source = self.rng.choice(group.topics)
        where = f"{source}.DLT"
        if where not in self.world.topics:
            self.world.topics.append(where)
        headers = (
            ("kafka_dlt-original-topic", source.encode()),
            ("kafka_dlt-original-partition", bytes(4)),
            ("kafka_dlt-original-consumer-group", group.name.encode()),
        )
        program.outputs.append(Output(where, headers, dead_letters=source))

    def _producer_ids(self, program: Program, name: str, instances: int) -> None:
        rng = self.rng
        if not program.outputs and program.mode is not Mode.EXACTLY_ONCE:
            return
        if program.mode is Mode.PLAIN:
            return
        transactional = program.mode in (Mode.TRANSACTIONAL, Mode.EXACTLY_ONCE)
        process = self._uuid()
        styles = ["{name}-tx", "{name}", "tx-{name}", "{snake}_txn", "{camel}"]
        stem = self._styled(name, styles)
        if self.chance(0.02):
            stem = process
        streams = any("StreamThread" in client for group in program.groups for client in group.clients)
        for number in range(instances):
            producer_id = self.next_id
            self.next_id += 1
            if transactional:
                text = f"{name}-{process}-{number + 1}" if streams else f"{stem}-{number}"
                others = [each for each in self.world.programs if each.transactional_ids]
                if others and self.chance(0.003):
                    other = rng.choice(others)
                    text, producer_id = other.transactional_ids[0], other.producer_ids[0]
                program.transactional_ids.append(text)
                self.world.own(program, Alias("transactional-id", text))
            program.producer_ids.append(producer_id)
            self.world.own_id(program, producer_id)

    # Those that write what others said

    def _forwarder(self) -> None:
        rng, world = self.rng, self.world
        origins = [
            each for each in world.programs if not each.retired and any(o.headers for o in each.outputs)
        ]
        if not origins:
            return
        origin = rng.choice(origins)
        output = rng.choice([each for each in origin.outputs if each.headers])
        kind = rng.choice(["mirror", "router", "gateway", "relay"])
        name = rng.choice([f"{kind}-{len(world.programs)}x", f"{origin.name.partition(' ')[0]}-{kind}"])
        mode = rng.choices(list(Mode)[:3], self.modes[:3])[0]
        program = Program(name, mode)
        self.taken.add(name)
        if kind in ("mirror", "router"):
            where = f"{rng.choice(['copy', 'failed', 'backup'])}.{output.topic}"
            if where not in world.topics:
                world.topics.append(where)
            if rng.random() < 0.7:
                self._groups(program, name, [output.topic], self._hosts(1))
            else:
                program.groups.append(Group(f"{name}-offsets", [output.topic], [], [], commits_only=True))
                world.own(program, Alias("group", f"{name}-offsets"))
            program.outputs.append(Output(where, copies=output.topic))
        else:
            # It takes the place of the program itself, which writes to a database or calls it.
            many = [
                each.headers
                for one in rng.sample(origins, min(len(origins), rng.choice([1, 1, 3, 6])))
                for each in one.outputs
                if each.headers and each.dead_letters is None
            ]
            program.outputs.append(
                Output(rng.choice(world.topics), numbered=rng.random() < self.numbered, sources=many)
            )
        self._producer_ids(program, name, 1)
        world.programs.append(program)

    def _devices(self) -> None:
        name = "device-bridge"
        program = Program(name, Mode.PLAIN)
        where = "device-readings"
        self.world.topics.append(where)
        headers: list[Headers] = [
            (("ce_specversion", b"1.0"), ("ce_source", b"/devices/meter%dx" % n)) for n in range(60)
        ]
        program.outputs.append(Output(where, numbered=True, sources=headers))
        self.world.programs.append(program)


def world(seed: int, programs: int | None = None) -> World:
    """The world of a seed: of 10 to 500 programs unless said otherwise."""
    return _Maker(seed, programs).make()
