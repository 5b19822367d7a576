"""Everything that can go wrong in a way a person can act on.

    InspectorError
    ├── AddressError            the address cannot be read
    ├── ConnectionFailed        no broker answers there, or something else does
    │   └── AccessRefused       it answers and refuses the login
    ├── Unsupported             this broker cannot do it
    ├── CaptureError            the capture file is damaged, foreign, newer, or cannot be written
    ├── ProjectError            the project file, or a file it names, is wrong or cannot be written
    ├── DemoError               the demo's broker cannot be had or does not start
    └── ReplayRefused           a replay must not run, with the reason

The message is one sentence that says what happened and what to do. Whoever catches one shows that
sentence; a traceback is for defects alone.
"""


class InspectorError(Exception):
    """One sentence for a person; `remedy` says what to do when that is a sentence of its own."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message if not remedy else f"{message} {remedy}")
        self.message = message
        self.remedy = remedy


class AddressError(InspectorError):
    """The address cannot be read."""


class ConnectionFailed(InspectorError):
    """No broker answers at the address, or something that is not one does."""


class AccessRefused(ConnectionFailed):
    """The broker answers and refuses the login."""


class Unsupported(InspectorError):
    """This broker cannot do what was asked."""


class CaptureError(InspectorError):
    """The capture file is damaged, foreign, too new, or cannot be written."""


class ProjectError(InspectorError):
    """The project file, or a file that it names, is wrong or cannot be written."""


class DemoError(InspectorError):
    """The demo's broker cannot be had here, or does not start."""


class ReplayRefused(InspectorError):
    """A replay must not run."""
