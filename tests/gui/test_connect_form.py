"""The form: what is asked for follows what is chosen, what is wrong is said, and a refusal can be mended."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLineEdit
from pytestqt.qtbot import QtBot

from gui import theme
from gui.app import Program
from gui.connect_form import ConnectForm
from gui.dialogs.connect import ConnectDialog
from gui.look import Look
from inspector import secrets
from inspector.brokers.memory import MemoryBroker
from inspector.connection import Connection, parse
from inspector.link import ConnectionState
from inspector.logins import METHODS
from inspector.presets import PRESETS


@pytest.fixture
def form(qtbot: QtBot) -> Iterator[ConnectForm]:
    made = ConnectForm(Look(theme.light()))
    qtbot.addWidget(made)
    yield made
    made.close_background()


def asked(form: ConnectForm) -> list[str]:
    """The names of the lines that are shown."""
    names = [name for name, field in form.fields.items() if not field.whole.isHidden()]
    user = [form.user.label.text()] if not form.user.whole.isHidden() else []
    secret = [form.secret.text()] if not form.password.isHidden() else []
    return user + secret + names


def choose(form: ConnectForm, method: str) -> None:
    number = [form.method.itemData(at) for at in range(form.method.count())].index(METHODS[method])
    form.method.setCurrentIndex(number)
    form.method.activated.emit(number)


def write(line: QLineEdit, text: str) -> None:
    line.selectAll()
    QTest.keyClicks(line, text)


@pytest.mark.parametrize(
    ("method", "lines"),
    [
        ("NONE", []),
        ("PLAIN", ["User", "Password"]),
        ("SCRAM-SHA-512", ["User", "Password"]),
        ("OAUTHBEARER", ["Client id", "Client secret", "token_url", "scope", "token_ca"]),
        ("GSSAPI", ["service", "domain"]),
        ("AWS_MSK_IAM", ["ca", "region", "profile", "role"]),
        ("CERTIFICATE", ["ca", "cert", "key"]),
    ],
)
def test_only_what_a_method_needs_is_asked_for(form: ConnectForm, method: str, lines: list[str]) -> None:
    write(form.address, "broker:9093")
    choose(form, method)
    assert asked(form) == lines
    assert form.tls.isChecked() == (method in ("AWS_MSK_IAM", "CERTIFICATE"))


@pytest.mark.parametrize(
    ("preset", "lines"),
    [
        ("confluent", ["API key", "API secret"]),
        ("msk", ["region", "profile", "role"]),
        ("aiven", ["ca", "cert", "key"]),
        ("event-hubs", ["Connection string"]),
        ("redpanda", ["User", "Password"]),
    ],
)
def test_a_service_asks_in_its_own_words(form: ConnectForm, preset: str, lines: list[str]) -> None:
    form.services[preset].click()
    assert asked(form) == lines
    assert form.needs.text() == PRESETS[preset].needs
    assert form.address.placeholderText() == PRESETS[preset].host
    assert form.tls.isHidden()
    form.services[""].click()
    assert asked(form) == []
    assert not form.tls.isHidden()


def test_the_fields_make_the_connection(form: ConnectForm, qtbot: QtBot) -> None:
    form.services["confluent"].click()
    write(form.address, "pkc-1.eu-west-1.aws.confluent.cloud")
    assert not form.button.isEnabled()
    assert form.problem.text() == "There is no API key for this login."
    assert form.address.property("wrong") is False
    write(form.user.line, "KEY")
    QTest.keyClicks(form.password, "hunter2")
    with qtbot.waitSignal(form.wanted) as sent:
        QTest.mouseClick(form.button, Qt.MouseButton.LeftButton)
    connection, keep = sent.args
    assert connection == parse("kafka://KEY@pkc-1.eu-west-1.aws.confluent.cloud?preset=confluent")
    assert (connection.password, keep) == ("hunter2", False)
    assert form.password.text() == ""


def test_a_pasted_address_goes_into_the_fields(form: ConnectForm) -> None:
    write(
        form.address, "SASL_SSL://ann:hunter2@b1:1,b2:2?sasl=SCRAM-SHA-512&registry=http://r:8081&ca=ca.pem"
    )
    assert form.button.isEnabled()
    form.address.editingFinished.emit()
    assert form.address.text() == "kafka://b1:1,b2:2"
    assert (form.user.line.text(), form.password.text()) == ("ann", "hunter2")
    assert form.tls.isChecked()
    assert form.fields["ca"].line.text() == "ca.pem"
    expected = parse("kafka+tls://ann@b1:1,b2:2?sasl=SCRAM-SHA-512&registry=http://r:8081&ca=ca.pem")
    made = form.connection
    assert made is not None
    assert dict(made.options) == dict(expected.options)
    assert (made.server, made.user) == (expected.server, "ann")
    form.services["redpanda"].click()
    assert form.password.text() == ""
    assert form.connection is None
    write(form.user.line, "bob")
    assert form.connection == parse("kafka://bob@b1:1,b2:2?preset=redpanda&registry=http://r:8081")


def test_what_is_wrong_is_said_while_it_is_typed(form: ConnectForm) -> None:
    for text, said in (("kaf", ""), ("kafka://", ""), ("kafka://h:x", "'x' is not a port"), ("h:1", "")):
        write(form.address, text)
        shown = "" if form.problem.isHidden() else form.problem.text()
        assert said in shown
        assert bool(said) == bool(shown)
        assert form.address.property("wrong") is bool(said)


def test_an_open_secret_is_warned_about(form: ConnectForm) -> None:
    write(form.address, "broker:9092")
    choose(form, "PLAIN")
    assert not form.warning.isHidden()
    form.tls.click()
    assert form.warning.isHidden()
    form.tls.click()
    write(form.address, "localhost:9092")
    assert form.warning.isHidden()


def test_a_file_is_chosen(form: ConnectForm, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(tmp_path / "my ca.pem"), ""))
    write(form.address, "broker:9093")
    form.tls.click()
    button = form.fields["ca"].choose
    assert button is not None
    button.click()
    assert form.connection is not None
    assert form.connection.option("ca") == str(tmp_path / "my ca.pem")


def test_remembering_is_offered_where_there_is_a_keyring(
    form: ConnectForm, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secrets, "keyring_exists", lambda: True)
    write(form.address, "broker:9092")
    assert form.keep.isHidden()
    choose(form, "PLAIN")
    qtbot.waitUntil(lambda: not form.keep.isHidden(), timeout=3000)
    write(form.user.line, "ann")
    form.keep.click()
    with qtbot.waitSignal(form.wanted) as sent:
        QTest.keyClicks(form.password, "hunter2")
        QTest.keyClick(form.password, Qt.Key.Key_Return)
    assert sent.args[1] is True


def test_without_a_keyring_nothing_is_offered(
    form: ConnectForm, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(secrets, "keyring_exists", lambda: False)
    write(form.address, "ann@broker:9092")
    qtbot.waitUntil(lambda: form.keyring is False and not form._background.busy, timeout=3000)
    assert form.keep.isHidden()
    assert not form.password.isHidden()


def test_a_refused_login_can_be_tried_again(
    program: Program, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyring, "get_password", lambda *_: None)
    broker = MemoryBroker("window-locked", user="ann", password="right")
    window = program.window()
    window.show()
    url = broker.url.replace("//", "//ann@")
    program.connect(window, parse(url, "wrong"), keep=False)
    qtbot.waitUntil(lambda: window.findChild(ConnectDialog) is not None, timeout=10_000)
    dialog = window.findChild(ConnectDialog)
    assert dialog is not None
    assert "refused" in dialog.note.text() or "password" in dialog.note.text()
    assert window.session.connections[broker.server].state is ConnectionState.REFUSED
    assert dialog.form.user.line.text() == "ann"
    assert isinstance(dialog.form.connection, Connection)
    QTest.keyClicks(dialog.form.password, "right")
    QTest.keyClick(dialog.form.password, Qt.Key.Key_Return)
    qtbot.waitUntil(
        lambda: (
            broker.server in window.session.connections
            and window.session.connections[broker.server].state is ConnectionState.LIVE
        ),
        timeout=10_000,
    )


def test_without_tls_its_files_are_not_kept(form: ConnectForm) -> None:
    write(form.address, "kafka+tls://broker:9093?ca=ca.pem&registry=http://r:8081")
    form.address.editingFinished.emit()
    form.tls.click()
    assert form.connection == parse("kafka://broker:9093?registry=http://r:8081")


def test_the_user_of_a_service_is_not_taken_for_another_login(form: ConnectForm) -> None:
    form.show_address("kafka+tls://$ConnectionString@shop.servicebus.windows.net:9093?preset=event-hubs")
    assert asked(form) == ["Connection string"]
    choose(form, "OAUTHBEARER")
    assert form.user.line.text() == ""
    assert asked(form)[:3] == ["Client id", "Client secret", "token_url"]


def test_a_password_for_one_server_is_not_for_the_next(form: ConnectForm, qtbot: QtBot) -> None:
    form.keyring = True
    form.show_address("kafka+tls://ann@one:9093?sasl=PLAIN")
    write(form.password, "of one")
    form.keep.setChecked(True)
    form.show_address("kafka+tls://bob@two:9093?sasl=PLAIN")
    with qtbot.waitSignal(form.wanted) as told:
        form.submit()
    connection, keep = told.args or (None, None)
    assert isinstance(connection, Connection)
    assert (connection.user, connection.password, keep) == ("bob", None, False)


def test_the_tab_key_goes_down_the_page(form: ConnectForm) -> None:
    form.show_address("kafka+tls://ann@broker:9093?sasl=PLAIN")
    form.show()
    form.address.setFocus()
    heights = []
    for _ in range(20):
        QTest.keyClick(form.focusWidget(), Qt.Key.Key_Tab)
        focused = form.focusWidget()
        heights.append(focused.mapTo(form, focused.rect().center()).y())
        if focused is form.fields["ca"].choose:
            break
    assert heights == sorted(heights)
    assert focused is form.fields["ca"].choose


def test_a_broker_of_another_kind_is_chosen_by_its_chip_or_address(form: ConnectForm) -> None:
    write(form.address, "broker")
    form.services["nats"].click()
    assert form.address.text() == "nats://broker"
    assert [form.method.itemText(at) for at in range(form.method.count())] == [
        "No login",
        "User and password (PLAIN)",
        "Client certificate (mTLS)",
    ]
    made = form.connection
    assert made is not None
    assert (made.system, made.addresses) == ("nats", (("broker", 4222),))
    choose(form, "PLAIN")
    assert asked(form) == ["User", "Password"]
    form.services[""].click()
    assert form.address.text() == "kafka://broker"
    write(form.address, "nats://other")
    assert [name for name, chip in form.services.items() if chip.isChecked()] == ["nats"]
