"""SMTP_URL and MAIL_FROM: what they mean, and one sentence for each mistake, without the password."""

import pytest

from app.mail import mail_server
from app.settings import SettingsError, read

pytestmark = pytest.mark.pure
FROM = "Galley <desk@example.com>"


def test_without_both_there_is_no_mail() -> None:
    assert mail_server(read({})) is None


@pytest.mark.parametrize(
    ("url", "host", "port", "security"),
    [
        ("smtp://mail.example.com", "mail.example.com", 25, "none"),
        ("smtp://mail.example.com?starttls", "mail.example.com", 587, "starttls"),
        ("smtps://mail.example.com/", "mail.example.com", 465, "tls"),
        ("smtp://10.0.0.7:2525", "10.0.0.7", 2525, "none"),
        ("smtp://[::1]:25", "::1", 25, "none"),
    ],
)
def test_the_address_says_host_port_and_encryption(url: str, host: str, port: int, security: str) -> None:
    found = mail_server(read({"SMTP_URL": url, "MAIL_FROM": FROM}))
    assert found and (found.host, found.port, found.security) == (host, port, security)


def test_user_and_password_may_hold_any_letter_and_the_password_is_never_printed() -> None:
    url = "smtps://desk%40example.com:p%2Fss%3A%3Fword@mail.example.com"
    found = mail_server(read({"SMTP_URL": url, "MAIL_FROM": FROM}))
    assert found and (found.user, found.password) == ("desk@example.com", "p/ss:?word")
    assert "word" not in repr(found)


def test_the_sender_has_a_name_and_an_address() -> None:
    found = mail_server(read({"SMTP_URL": "smtp://localhost", "MAIL_FROM": "Die Küche <desk@bücher.example>"}))
    assert found and (found.sender_name, found.sender) == ("Die Küche", "desk@xn--bcher-kva.example")
    assert found.domain == "xn--bcher-kva.example"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_a_password_may_go_unencrypted_to_this_machine_only(host: str) -> None:
    assert mail_server(read({"SMTP_URL": f"smtp://me:secret1234@{host}", "MAIL_FROM": FROM}))
    with pytest.raises(SettingsError, match="starttls") as wrong:
        mail_server(read({"SMTP_URL": "smtp://me:secret1234@192.168.1.7", "MAIL_FROM": FROM}))
    assert "secret1234" not in str(wrong.value)


@pytest.mark.parametrize(
    "url",
    ["mail.example.com", "http://mail.example.com", "smtp://", "smtp://mail.example.com:mail", "smtp://[::1",
     "smtp://mail.example.com/path", "smtp://me:secret1234@mail.example.com:99999"],
)  # fmt: skip
def test_what_is_no_mail_server_is_refused_with_an_example(url: str) -> None:
    with pytest.raises(SettingsError, match=r"SMTP_URL is no address .* such as smtp://") as wrong:
        mail_server(read({"SMTP_URL": url, "MAIL_FROM": FROM}))
    assert "secret1234" not in str(wrong.value)


def test_a_word_that_means_nothing_is_not_taken_for_encryption() -> None:
    with pytest.raises(SettingsError, match=r"takes \?starttls and nothing else"):
        mail_server(read({"SMTP_URL": "smtp://mail.example.com?tls", "MAIL_FROM": FROM}))


@pytest.mark.parametrize("sender", ["", "Galley", "Galley <desk>", "a b@example.com", "x\u202ey\x00@example.com"])
def test_a_sender_that_is_no_address_is_refused(sender: str) -> None:
    with pytest.raises(SettingsError, match="MAIL_FROM is missing or no e-mail address"):
        mail_server(read({"SMTP_URL": "smtp://localhost", "MAIL_FROM": sender}))


def test_a_sender_without_a_server_is_told() -> None:
    with pytest.raises(SettingsError, match="SMTP_URL is missing"):
        mail_server(read({"MAIL_FROM": FROM}))
