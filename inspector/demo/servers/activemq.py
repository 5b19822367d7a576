"""A real ActiveMQ Classic on 127.0.0.1, from its published jars; gone without a trace."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from pathlib import Path

from inspector.demo import jars
from inspector.demo.servers.base import Progress, Server, ask, free_ports, silent

JVM = ("-Xms64m", "-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData")
LOGGING = """\
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{ISO8601} %-5p %m%n
rootLogger.level = WARN
rootLogger.appenderRef.console.ref = console
"""
CONFIGURATION = """\
<beans xmlns="http://www.springframework.org/schema/beans" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  xsi:schemaLocation="http://www.springframework.org/schema/beans
    http://www.springframework.org/schema/beans/spring-beans.xsd
    http://activemq.apache.org/schema/core http://activemq.apache.org/schema/core/activemq-core.xsd">
  <broker xmlns="http://activemq.apache.org/schema/core" brokerName="{name}" dataDirectory="data"
    useJmx="true" advisorySupport="true" persistent="true" useShutdownHook="false">
    <managementContext><managementContext createConnector="false"/></managementContext>
    {networks}
    <persistenceAdapter>
      <kahaDB directory="data" journalMaxFileLength="4mb" preallocationStrategy="sparse_file"/>
    </persistenceAdapter>
    {plugins}
    <systemUsage><systemUsage>
      <memoryUsage><memoryUsage limit="128 mb"/></memoryUsage>
      <storeUsage><storeUsage limit="512 mb"/></storeUsage>
      <tempUsage><tempUsage limit="64 mb"/></tempUsage>
    </systemUsage></systemUsage>
    <transportConnectors>
      <transportConnector name="stomp" uri="stomp://127.0.0.1:{stomp}"/>
      <transportConnector name="openwire" uri="tcp://127.0.0.1:{openwire}"/>
    </transportConnectors>
  </broker>
</beans>
"""


class ActiveMQServer(Server):
    """One broker with STOMP, OpenWire and Jolokia, which keeps messages on disk.

    Args:
        folder: where the private folder is made; the system's temporary folder by default.
        name: of the broker.
        networks: addresses that it forwards messages to, such as `tcp://127.0.0.1:61616`.
        plugins: XML inside of `<broker>`, such as logins and rights.
        port: the one that clients connect to; any free one by default.
        progress: told a sentence at every step.
    """

    system = "activemq"
    title = "ActiveMQ"

    def __init__(
        self,
        folder: Path | None = None,
        *,
        name: str = "eventscope",
        networks: Sequence[str] = (),
        plugins: str = "",
        port: int | None = None,
        progress: Progress = silent,
    ) -> None:
        super().__init__(folder, port=port, progress=progress)
        self.name = name
        self.openwire_port, self.jolokia_port = free_ports(2)
        self._networks = tuple(networks)
        self._plugins = plugins

    @property
    def address(self) -> str:
        """`host:port` of STOMP."""
        return f"127.0.0.1:{self.port}"

    @property
    def openwire(self) -> str:
        """What another broker gives in `networks` to forward to this one."""
        return f"tcp://127.0.0.1:{self.openwire_port}"

    @property
    def jolokia(self) -> str:
        """The address of the management interface."""
        return f"http://127.0.0.1:{self.jolokia_port}/jolokia"

    @property
    def url(self) -> str:
        """What a person gives to connect."""
        return f"activemq://{self.address}?jolokia={self.jolokia}"

    def _launch(self) -> None:
        path = jars.class_path(self._progress, jars.ACTIVEMQ)
        agent = next(jar for jar in path if jar.name.endswith("-javaagent.jar"))
        self._progress(f"Starting {jars.ACTIVEMQ}")
        self._write()
        java = [str(jars.java()), *self._options(agent), "-cp", os.pathsep.join(map(str, path))]
        file = f"xbean:file:{self.folder}/activemq.xml"
        self._run([*java, "org.apache.activemq.console.Main", "start", file])

    def _write(self) -> None:
        networks = "".join(
            f'<networkConnector name="to-{number}" uri="static:({address})" duplex="false"/>'
            for number, address in enumerate(self._networks)
        )
        text = CONFIGURATION.format(
            name=self.name,
            networks=f"<networkConnectors>{networks}</networkConnectors>" if networks else "",
            plugins=self._plugins,
            stomp=self.port,
            openwire=self.openwire_port,
        )
        (self.folder / "activemq.xml").write_text(text)
        (self.folder / "log4j2.properties").write_text(LOGGING)

    def _options(self, agent: Path) -> list[str]:
        homes = (f"-Dactivemq.{part}={self.folder}" for part in ("home", "base", "conf", "data"))
        return [
            *JVM,
            f"-javaagent:{agent}=port={self.jolokia_port},host=127.0.0.1",
            "-Dlog4j2.configurationFile=log4j2.properties",
            *homes,
        ]

    def _answers(self) -> bool:
        """Whether Jolokia knows the broker, and STOMP is listened to."""
        broker = f"{self.jolokia}/read/org.apache.activemq:type=Broker,brokerName={self.name}/UptimeMillis"
        if b'"status":200' not in ask(broker):
            return False
        with socket.create_connection(("127.0.0.1", self.port), 2) as line:
            line.settimeout(2)
            line.sendall(b"CONNECT\naccept-version:1.2\nhost:eventscope\n\n\0")
            return line.recv(5) in (b"CONNE", b"ERROR")
