"""`galley doctor` knocks at the mail server: signed in to or told why not, and no letter is sent."""

from asyncio import to_thread

import pytest

from app.doctor.finding import Finding
from app.doctor.mail import look_at_mail
from app.settings import read

from .postbox import Postbox

pytestmark = pytest.mark.pure


async def looked(url: str, sender: str = "desk@example.com", public: str = "https://desk.example") -> list[Finding]:
    here = read({"SMTP_URL": url, "MAIL_FROM": sender, "PUBLIC_URL": public})
    return await to_thread(lambda: list(look_at_mail(here)))


async def test_without_a_mail_server_there_is_nothing_to_look_at() -> None:
    assert await looked("", "") == []


async def test_a_mail_server_that_lets_us_in_is_well_and_gets_no_letter() -> None:
    async with Postbox(auth="PLAIN") as box:
        (found,) = await looked(box.url)
    assert found.good and "takes letters from desk@example.com" in found.said
    assert box.letters == [] and not any(line.upper().startswith("MAIL") for line in box.said)


async def test_a_mail_server_that_refuses_us_is_wrong_in_its_own_words() -> None:
    async with Postbox(auth="PLAIN") as box:
        box.play("AUTH", "535 5.7.8 Wrong password")
        (found,) = await looked(box.url)
    assert not found.good and "535 5.7.8 Wrong password" in found.said
    assert "SMTP_URL" in found.fix


@pytest.mark.parametrize(
    ("url", "sender", "said"),
    [("nonsense", "desk@example.com", "SMTP_URL"), ("smtp://localhost", "", "MAIL_FROM"), ("", "a@b.example", "SMTP")],
)
async def test_settings_that_cannot_be_right_come_with_their_fix(url: str, sender: str, said: str) -> None:
    (found,) = await looked(url, sender)
    assert not found.good and said in found.said and found.fix


async def test_links_that_lead_to_this_machine_only_are_wrong() -> None:
    async with Postbox() as box:
        server, links = await looked(box.url, public="")
    assert server.good
    assert not links.good and "http://localhost:8000" in links.said and "PUBLIC_URL" in links.fix
