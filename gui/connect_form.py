"""Where to connect and how to log in: an address that is read while it is typed, and the fields it needs."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QGridLayout, QLineEdit, QWidget

from gui import fonts
from gui.background import Background
from gui.fonts import Role
from gui.look import Look
from gui.parts.buttons import Button, Choice, Tick
from gui.parts.text import Text, column, row
from inspector.connection import (
    DEFAULT_PORTS,
    NEED_TLS,
    TITLES,
    TLS_OPTIONS,
    Connection,
    Draft,
    Incomplete,
    draft,
)
from inspector.errors import AddressError
from inspector.logins import CA, CERTIFICATE, METHODS, NONE, PLAIN, Method, Option
from inspector.presets import PRESETS

NOTHING = Connection("kafka", ())
USER = Option("user", "User")
PLACEHOLDER = "kafka://localhost:9092"
FILES = "Certificates and keys (*.pem *.crt *.cer *.cert *.key);;All files (*)"
ANYWHERE = (NONE, PLAIN, CERTIFICATE)
"""What every kind of broker takes."""
LOCAL = ("localhost", "127.0.0.1", "::1")


class Field:
    """One line of a login with its label, and a button that chooses a file where it is one."""

    def __init__(self, look: Look, option: Option) -> None:
        self.option = option
        self.label = Text(option.title, tone="dim")
        self.line = QLineEdit()
        self.line.setFont(fonts.font(Role.VALUE))
        self.line.setPlaceholderText(option.hint)
        self.line.setAccessibleName(option.title)
        self.choose = Button(look, "Choose…", run=self._choose) if option.file else None
        self.whole = QWidget()
        self.whole.setLayout(row(self.line, *filter(None, [self.choose]), gap=8))

    def show(self, wanted: bool, value: str, title: str | None = None) -> None:
        """Show it with a value, under the name that a service has for it; or hide it."""
        self.label.setVisible(wanted)
        self.whole.setVisible(wanted)
        self.label.setText(title or self.option.title)
        self.line.setAccessibleName(self.label.text())
        if self.line.text() != value:
            self.line.setText(value)

    def _choose(self) -> None:
        path, _kind = QFileDialog.getOpenFileName(self.whole, self.option.title, "", FILES)
        if path:
            self.line.setText(path)
            self.line.textEdited.emit(path)


class ConnectForm(QWidget):
    """What the address says goes into the fields when it is finished; the fields add what it does not say."""

    wanted = Signal(object, bool)
    """The connection, and whether its secret is to be kept in the keyring."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._kept = NOTHING
        """What the fields say; the address has the rest."""
        self.keyring: bool | None = None
        """Whether this computer has one; None until that was looked for."""
        self._background = Background(self)
        self.address = QLineEdit()
        self.address.setFont(fonts.font(Role.VALUE))
        self.address.setProperty("large", True)
        self.address.setAccessibleName("Address of the broker")
        self.button = Button(look, "Connect", "primary", run=self.submit)
        self.button.setMinimumSize(104, 38)
        self.problem = Text(role=Role.BODY, tone="dim", wrap=True)
        systems = {"" if name == NOTHING.system else name: title for name, title in TITLES.items()}
        titles = systems | {each.name: each.title for each in PRESETS.values()}
        self.services = {
            name: Button(look, title, "chip", run=partial(self._choose_service, name))
            for name, title in titles.items()
        }
        self.needs = Text(tone="dim", wrap=True)
        self.link = Button(look, "How to get it", "link", icon="arrow-square-out")
        self.link.clicked.connect(lambda: QDesktopServices.openUrl(QUrl(self.link.toolTip())))
        self.method = Choice(look)
        self.method.setAccessibleName("How to log in")
        self.tls = Tick(look, "TLS")
        self.tls.setToolTip("Encrypt the connection, and check the certificate of the broker")
        self.user = Field(look, USER)
        self.secret = Text(tone="dim")
        self.password = QLineEdit()
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.password.setFont(fonts.font(Role.VALUE))
        self.keep = Tick(look, "Remember it in the keyring of this computer")
        options = {each.name: each for method in METHODS.values() for each in method.options}
        self.fields = {name: Field(look, each) for name, each in {"ca": CA, **options}.items()}
        self.warning = Text(tone="warn", wrap=True)
        self._lay_out()
        self._wire()
        self._refresh()

    def _lay_out(self) -> None:
        self._help = QWidget()
        said = row(self.needs, self.link, gap=12)
        said.setStretch(0, 1)
        self._help.setLayout(said)
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(6)
        grid.setColumnMinimumWidth(0, 128)
        grid.setColumnStretch(1, 1)
        grid.addWidget(Text("Log in with", tone="dim"), 0, 0)
        grid.addLayout(row(self.method, self.tls, None, gap=16), 0, 1)
        lines: list[tuple[QWidget | None, QWidget]] = [
            (self.user.label, self.user.whole),
            (self.secret, self.password),
            (None, self.keep),
            *((field.label, field.whole) for field in self.fields.values()),
        ]
        for number, (label, line) in enumerate(lines, 1):
            if label is not None:
                grid.addWidget(label, number, 0)
            grid.addWidget(line, number, 1)
        hosted = [self.services[name] for name in PRESETS]
        systems = row(*(chip for chip in self.services.values() if chip not in hosted), None, gap=6)
        self._hosted = QWidget()
        self._hosted.setLayout(row(Text("Hosted by", tone="dim"), *hosted, None, gap=6))
        form = column(row(self.address, self.button, gap=10), self.problem, systems, gap=10)
        form.addWidget(self._hosted)
        form.addWidget(self._help)
        form.addLayout(grid)
        form.addWidget(self.warning)
        self.setLayout(form)

    def _wire(self) -> None:
        self.address.textChanged.connect(lambda _text: self._refresh())
        self.address.editingFinished.connect(self._absorb)
        self.method.activated.connect(lambda number: self._choose_method(self.method.itemData(number)))
        self.tls.clicked.connect(self._choose_tls)
        self.user.line.textEdited.connect(lambda text: self._keep(user=text or None))
        for name, field in self.fields.items():
            field.line.textEdited.connect(partial(self._set_option, name))
        for line in (
            self.address,
            self.password,
            self.user.line,
            *(field.line for field in self.fields.values()),
        ):
            line.returnPressed.connect(self.submit)
        for chip in self.services.values():
            chip.setCheckable(True)

    # What is asked for

    @property
    def connection(self) -> Connection | None:
        """What address and fields say; None where something is wrong or missing."""
        try:
            made = self._draft().checked()
        except AddressError:
            return None
        return replace(made, password=self.password.text() or made.password)

    def show_address(self, url: str) -> None:
        """Begin with an address, and forget what the fields said: a password is for one server."""
        self._kept = NOTHING
        self.password.clear()
        self.keep.setChecked(False)
        self.address.setText(url)
        self._absorb()

    def submit(self) -> None:
        """Connect, when nothing is wrong or missing."""
        self._absorb()
        connection = self.connection
        if connection is not None:
            self.wanted.emit(connection, self.keep.isChecked() and bool(self.password.text()))
            self.password.clear()

    def _draft(self) -> Draft:
        """Address and fields together; raises `AddressError` where the beginning is not known."""
        said = draft(self.address.text()) if self.address.text().strip() else Draft(NOTHING, "")
        here, kept = said.connection, self._kept
        together = replace(
            here,
            tls=here.tls or kept.tls,
            user=here.user or kept.user,
            options=tuple((dict(kept.options) | dict(here.options)).items()),
        )
        return Draft(together, said.hosts)

    def _absorb(self) -> None:
        """Move what a finished address says of the login into the fields: a password is not left in it."""
        try:
            said = self._draft()
        except AddressError:
            return
        self._kept = replace(said.connection, password=None)
        if said.connection.password:
            self.password.setText(said.connection.password)
        if "@" in self.address.text() or "?" in self.address.text() or "+" in self.address.text():
            self.address.setText(f"{said.connection.system}://{said.hosts}")
        self._refresh()

    def _keep(self, **changes: object) -> None:
        self._absorb()
        self._kept = replace(self._kept, **changes)  # type: ignore[arg-type]
        self._refresh()

    def _set_option(self, name: str, value: str) -> None:
        self._absorb()
        options = dict(self._kept.options) | {name: value}
        # An empty certificate still says that one is to be given.
        self._keep(options=tuple(item for item in options.items() if item[1] or item[0] == "cert"))

    def _choose_service(self, name: str) -> None:
        system = name if name in DEFAULT_PORTS else NOTHING.system
        self.password.clear()
        self._log_in(tls=False, user=None, preset="" if name == system else name)
        with suppress(AddressError):
            said = self._draft()
            if said.connection.system != system:
                self.address.setText(f"{system}://{said.hosts}")
        self.address.setFocus()

    def _choose_method(self, method: Method) -> None:
        sasl = method.name if method.mechanism else ""
        cert = {"cert": ""} if method is CERTIFICATE else {}
        self._absorb()
        kept = self._kept
        preset, ca = kept.option("preset") or "", kept.option("ca") or ""
        user = kept.user if method.user and not (kept.preset and kept.user == kept.preset.user) else None
        self._log_in(tls=kept.tls or method in NEED_TLS, user=user, preset=preset, sasl=sasl, ca=ca, **cert)

    def _choose_tls(self, on: bool) -> None:
        self._absorb()
        left = tuple(item for item in self._kept.options if on or item[0] not in TLS_OPTIONS)
        self._keep(tls=on, options=left)

    def _log_in(self, *, tls: bool, user: str | None, **options: str) -> None:
        """Another way to log in; what the address says besides stays."""
        self._absorb()
        login = {"preset", "sasl", *self.fields}
        besides = tuple(item for item in self._kept.options if item[0] not in login)
        chosen = tuple((name, value) for name, value in options.items() if value or name == "cert")
        self._keep(tls=tls, user=user, options=(*chosen, *besides))

    # What is shown

    def _refresh(self) -> None:
        trouble, missing = "", False
        try:
            said = self._draft()
        except AddressError as failure:
            said, trouble = Draft(self._kept, ""), str(failure)
        else:
            try:
                said.checked()
            except Incomplete as failure:
                trouble, missing = failure.message, True
            except AddressError as failure:
                trouble = str(failure)
        begun = any(
            f"{system}://".startswith(self.address.text().strip().lower()) for system in DEFAULT_PORTS
        )
        wrong = bool(trouble) and not missing and not begun
        self.button.setEnabled(not trouble)
        self.problem.setText(trouble)
        self.problem.setVisible(bool(trouble) and not begun)
        if self.address.property("wrong") is not wrong:
            self.address.setProperty("wrong", wrong)
            self.address.style().unpolish(self.address)
            self.address.style().polish(self.address)
        self._show_service(said.connection)
        self._show_login(said.connection, said.hosts)

    def _show_service(self, connection: Connection) -> None:
        preset, kafka = connection.preset, connection.system == NOTHING.system
        chosen = (preset.name if preset else "") if kafka else connection.system
        for name, chip in self.services.items():
            chip.setChecked(name == chosen)
        self.address.setPlaceholderText(preset.host if preset else PLACEHOLDER)
        self._hosted.setVisible(kafka)
        self._help.setVisible(preset is not None)
        self.needs.setText(preset.needs if preset else "")
        self.link.setToolTip(preset.link if preset else "")
        offered = list(preset.methods if preset else METHODS.values() if kafka else ANYWHERE)
        method = connection.method
        if method not in offered:
            offered.append(method)
        if [self.method.itemData(number) for number in range(self.method.count())] != offered:
            self.method.clear()
            for each in offered:
                self.method.addItem(each.title, each)
        self.method.setCurrentIndex(offered.index(method))
        self.tls.setVisible(preset is None)
        self.tls.setChecked(connection.tls)

    def _show_login(self, connection: Connection, hosts: str) -> None:
        method, preset = connection.method, connection.preset
        tls = connection.tls or preset is not None
        word = preset.word if preset else str
        given = preset is not None and preset.user is not None and method is PLAIN
        self.user.show(bool(method.user) and not given, connection.user or "", word(method.user))
        names = {option.name for option in method.options}
        if tls and (preset is None or preset.ca):
            names.add("ca")
        for name, field in self.fields.items():
            field.show(name in names, connection.option(name) or "")
        needed = bool(method.secret) and (method is not CERTIFICATE or self._locked(connection))
        self.secret.setVisible(needed)
        self.secret.setText(word(method.secret))
        self.password.setAccessibleName(self.secret.text() or "Password")
        self.password.setVisible(needed)
        self.password.setPlaceholderText("empty for the one that is kept" if self.keyring else "")
        self.keep.setVisible(needed and bool(self.keyring))
        if needed and self.keyring is None:
            self._look_for_keyring()
        away = not any(hosts.strip("[").startswith(name) for name in LOCAL)
        self.warning.setText(f"Without TLS the {self.secret.text().lower()} can be read on its way.")
        self.warning.setVisible(bool(hosts) and away and needed and not tls)

    @staticmethod
    def _locked(connection: Connection) -> bool:
        from inspector import secrets

        return secrets.wanted(connection) is not None

    def close_background(self) -> None:
        """Wait for what is looked for in the background."""
        self._background.close()

    def _look_for_keyring(self) -> None:
        from inspector import secrets

        self.keyring = False

        def found(there: bool) -> None:
            self.keyring = there
            self._refresh()

        self._background.ask(secrets.keyring_exists, found)
