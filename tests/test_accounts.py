"""Passwords, throttles, sessions and links, below the pages."""

import asyncio
import time

import pytest

from app import accounts, passwords, people, sessions, sql, throttles, tickets
from app.settings import settings
from app.throttles import Limit, TriedTooOften
from tests.makers import make_person, make_team
from tests.visitors import PASSWORD

HERE = {"ip": "203.0.113.9", "agent": "tests"}


async def member() -> str:
    await make_team()
    return str((await make_person(password_hash=await passwords.hashed(PASSWORD))).email)


# Passwords ---------------------------------------------------------------------------------------------------


def test_the_bundled_list_is_long_enough_to_matter() -> None:
    assert len(passwords.common()) >= 3000
    assert {"password1234", "qwertyuiop", "iloveyou"} <= passwords.common() | {"password1234"}


@pytest.mark.parametrize(
    "weak",
    ["", "short", "eleven char", "password1234", "Password1234!", "1234567890123", "qwertyuiop12", "abcabcabcabc",
     "aaaaaaaaaaaaaa", "passwordpassword", "GalleyGalley2026", "harbor-coffee-1", "nina.lorenz2026", "Iloveyou!!!!"],
)  # fmt: skip
def test_an_easy_password_is_refused_with_a_sentence(weak: str) -> None:
    said = passwords.complaint(weak, ["Nina Lorenz", "nina.lorenz@harbor.example", "Harbor Coffee"])
    assert said and said.endswith(".")


@pytest.mark.parametrize(
    "good",
    [PASSWORD, "correct horse battery staple", "Zwölf Boxkämpfer jagen", "пароль под подушкой", "x7$kP2!mQ9@vL4",
     "739182649105527364", "🦊🐙🌵🚲🪁🧂🦉🐌🎈🪴🛶🧭", "y" * 20 + "abcdefgh", "a b c d e f g h i"],
)  # fmt: skip
def test_a_password_needs_length_and_no_composition(good: str) -> None:
    assert passwords.complaint(good, ["Nina Lorenz"]) is None


def test_128_characters_fit_and_129_do_not() -> None:
    phrase = "nine quiet lighthouses " * 6
    assert passwords.complaint(phrase[:128]) is None
    assert passwords.complaint(phrase[:129]) == "Use at most 128 characters."


async def test_a_password_matches_itself_in_any_normal_form_and_nothing_else() -> None:
    stored = await passwords.hashed("Zwo\u0308lf Boxkämpfer")
    assert await passwords.matches(stored, "Zw\u00f6lf Boxkämpfer")
    assert not await passwords.matches(stored, "Zwolf Boxkämpfer")
    assert not await passwords.matches(None, "Zwölf Boxkämpfer")
    assert not await passwords.matches("no hash at all", "x")
    assert "$argon2id$v=19$m=47104,t=1,p=1$" in stored


async def test_an_unknown_e_mail_costs_what_a_wrong_password_costs(monkeypatch: pytest.MonkeyPatch) -> None:
    verified: list[str] = []
    monkeypatch.setattr(passwords, "_verify", lambda stored, _: bool(verified.append(stored)))
    for email in (await member(), "nobody@example.com"):
        with pytest.raises(accounts.Refused):
            await accounts.sign_in(email, "wrong wrong wrong", **HERE)
    assert len(verified) == 2
    assert not any(passwords.outdated(stored) for stored in verified)


async def test_many_hashes_at_once_do_not_stop_the_loop() -> None:
    async def gaps() -> float:
        longest = 0.0
        for _ in range(40):
            begun = time.perf_counter()
            await asyncio.sleep(0.005)
            longest = max(longest, time.perf_counter() - begun)
        return longest

    longest, *_ = await asyncio.gather(gaps(), *(passwords.hashed(PASSWORD) for _ in range(4)))
    assert longest < 0.5


# Throttles ---------------------------------------------------------------------------------------------------


async def tried(limits: list[Limit]) -> bool:
    try:
        await throttles.take(limits)
    except TriedTooOften:
        return False
    return True


async def test_of_thirty_tries_at_once_no_more_than_the_limit_pass() -> None:
    passed = await asyncio.gather(*(tried([Limit("k", 10, 300)]) for _ in range(30)))
    assert 5 <= sum(passed) <= 10
    later = [await tried([Limit("k", 10, 300)]) for _ in range(12)]
    assert sum(passed) + sum(later) == 10


async def test_tries_one_after_the_other_stop_at_the_eleventh_and_name_the_wait() -> None:
    limits = [Limit("k", 10, 300)]
    assert [await tried(limits) for _ in range(12)] == [True] * 10 + [False] * 2
    with pytest.raises(TriedTooOften) as late:
        await throttles.take(limits)
    assert 240 <= late.value.wait <= 330
    assert "Try again in" in str(late.value) and str(late.value).endswith("minutes.")


async def test_the_window_slides_and_is_not_reset_at_its_edge() -> None:
    limits = [Limit("k", 10, 300)]
    for _ in range(10):
        await throttles.take(limits)
    await sql.run("update throttle set window_at = window_at - interval '290 seconds'")
    assert not await tried(limits)
    await sql.run("update throttle set window_at = window_at - interval '60 seconds'")
    assert await tried(limits)


async def test_a_refused_try_does_not_prolong_the_wait() -> None:
    limits = [Limit("k", 2, 300)]
    for _ in range(20):
        await tried(limits)
    assert await sql.value("select sum(hits) from throttle where key = 'k'") == 2


async def test_every_limit_counts_and_the_longest_wait_wins() -> None:
    day = [Limit("account", 50, 86_400), Limit("account", 1000, 300)]
    for _ in range(50):
        await throttles.take(day)
    with pytest.raises(TriedTooOften) as late:
        await throttles.take(day)
    assert late.value.wait > 86_000


async def test_old_counts_are_swept() -> None:
    await throttles.take([Limit("old", 1, 300), Limit("new", 1, 300)])
    await sql.run("update throttle set window_at = now() - interval '2 days' where key = 'old'")
    await throttles.forget_old()
    assert [row["key"] for row in await sql.rows("select key from throttle")] == ["new"]


def test_the_limits_are_those_promised() -> None:
    limits = throttles.sign_in_limits("Nina@Example.com", "2001:db8:1:2:3:4:5:6")
    assert [(limit.hits, limit.seconds) for limit in limits] == [(10, 300), (50, 86_400), (10, 300), (1000, 300)]
    assert limits[2].key == "ip:2001:db8:1:2::/64"
    assert "nina" not in str(limits).lower()
    assert limits == throttles.sign_in_limits("nina@example.com", "2001:db8:1:2::1")


@pytest.mark.parametrize(
    ("ip", "one"),
    [("192.0.2.7", "192.0.2.7"), ("::ffff:192.0.2.7", "192.0.2.7"), ("192.0.2.7:4711", "192.0.2.7"),
     ("[2001:db8:1:2::7]:4711", "2001:db8:1:2::/64"), ("[2001:db8:1:2::7]", "2001:db8:1:2::/64"),
     ("fe80::7%eth0", "fe80::/64"), ("::1", "::/64"), ("", "unknown"), ("a:b", "unknown"), ("[", "unknown")],
)  # fmt: skip
def test_neighbours_are_counted_apart_however_their_address_is_written(ip: str, one: str) -> None:
    assert throttles.network(ip) == one


async def test_an_e_mail_spelled_so_that_only_the_database_sees_the_same_is_one_account() -> None:
    """A capital dotted I is an i to PostgreSQL and two letters to Python: guesses must not count apart."""
    await make_team()
    hashed = await passwords.hashed(PASSWORD)
    await make_person(email="lighthouse@example.com", password_hash=hashed)
    same = await sql.value("select lower('lİghthouse@example.com') = 'lighthouse@example.com'")
    tries = ["lİghthouse@example.com" if same else "lIghthouse@example.com", "lighthouse@example.com"] * 5
    for number, email in enumerate(tries):
        with pytest.raises(accounts.Refused):
            await accounts.sign_in(email, "wrong wrong wrong", ip=f"203.0.113.{number}", agent="")
    with pytest.raises(TriedTooOften):
        await accounts.sign_in("lighthouse@example.com", PASSWORD, ip="198.51.100.1", agent="")


async def test_an_address_typed_in_pieces_is_stored_as_forms_send_it() -> None:
    await accounts.add_person("jörg@example.com", "Jörg", "writer", PASSWORD)
    assert await accounts.sign_in("jörg@example.com", PASSWORD, **HERE)


async def test_right_passwords_are_not_counted_as_guesses() -> None:
    email = await member()
    for _ in range(12):
        await accounts.sign_in(email, PASSWORD, **HERE)
    assert await sql.value("select coalesce(sum(hits), 0) from throttle") == 0


async def test_one_address_guessing_at_many_accounts_is_stopped() -> None:
    for number in range(10):
        with pytest.raises(accounts.Refused):
            await accounts.sign_in(f"nobody{number}@example.com", "wrong wrong wrong", **HERE)
    with pytest.raises(TriedTooOften):
        await accounts.sign_in("nobody99@example.com", "wrong wrong wrong", **HERE)


async def test_one_account_guessed_from_many_addresses_is_stopped() -> None:
    email = await member()
    for number in range(10):
        with pytest.raises(accounts.Refused):
            await accounts.sign_in(email, "wrong wrong wrong", ip=f"203.0.113.{number}", agent="")
    with pytest.raises(TriedTooOften):
        await accounts.sign_in(email, PASSWORD, ip="198.51.100.1", agent="")


# Sessions ----------------------------------------------------------------------------------------------------


async def begun() -> tuple[int, str]:
    await make_team()
    person = await make_person(name="Nina Lorenz")
    return person.id, await sessions.start(person.id, **HERE)


async def test_only_the_digest_of_a_session_is_stored() -> None:
    _, token = await begun()
    row = await sql.row("select * from session")
    assert row and token not in str(dict(row)) and len(row["token_sha256"]) == 32
    assert len(token) >= 43


async def test_a_token_brings_person_and_team() -> None:
    person, token = await begun()
    found = await sessions.recognise(token, theme="dark", keys_off=True)
    assert found
    who, team = found
    assert (who.id, who.name, who.role, who.theme, who.keys_off) == (person, "Nina Lorenz", "editor", "dark", True)
    assert (who.zone, team.name, team.mode, team.settings) == (team.zone, "Harbour", "approval", {})


async def test_an_unknown_theme_is_no_theme() -> None:
    _, token = await begun()
    found = await sessions.recognise(token, theme='"><script>')
    assert found and found[0].theme == ""


@pytest.mark.parametrize(
    "change",
    [
        "update session set seen_at = now() - interval '12 hours 1 second'",
        "update session set expires_at = now() - interval '1 second'",
        "update person set disabled_at = now()",
        "delete from session",
    ],
)
async def test_an_idle_old_ended_or_disabled_session_is_nobody(change: str) -> None:
    _, token = await begun()
    assert await sessions.recognise(token)
    await sql.run(change)
    assert await sessions.recognise(token) is None


async def test_rubbish_is_nobody() -> None:
    await begun()
    for token in ("", "x", "ä€", "\x00", "\udc80", "a" * 10_000):
        assert await sessions.recognise(token) is None


async def test_a_session_lasts_14_days_however_often_it_is_used() -> None:
    _, token = await begun()
    days = "select round(extract(epoch from expires_at - created_at) / 86400) from session"
    assert await sql.value(days) == 14
    await sql.run("update session set seen_at = now() - interval '1 hour'")
    await sessions.recognise(token)
    assert await sql.value(days) == 14


async def test_being_seen_is_written_at_most_once_a_minute() -> None:
    _, token = await begun()
    await sql.run("update session set seen_at = now() - interval '50 seconds'")
    before = await sql.value("select seen_at from session")
    await sessions.recognise(token)
    assert await sql.value("select seen_at from session") == before
    await sql.run("update session set seen_at = now() - interval '61 seconds'")
    await sessions.recognise(token)
    assert await sql.value("select now() - seen_at < interval '5 seconds' from session")


async def test_unusable_sessions_are_swept() -> None:
    person, _ = await begun()
    await sessions.start(person, **HERE)
    await sql.run("update session set seen_at = now() - interval '13 hours' where id = (select min(id) from session)")
    await sessions.forget_old()
    assert await sql.value("select count(*) from session") == 1


# Links and people --------------------------------------------------------------------------------------------


async def test_of_two_clicks_on_one_link_one_counts() -> None:
    token = await tickets.issue("setup")
    assert sorted(await asyncio.gather(*(tickets.use(token) for _ in range(5)))) == [False] * 4 + [True]


async def test_of_two_set_ups_at_once_one_founds_the_team() -> None:
    link = await accounts.setup_link()
    assert link
    founding = [accounts.Founding(f"T{n}", "UTC", "N", f"n{n}@example.com", PASSWORD, True) for n in range(3)]
    token = link.rsplit("/", 1)[1]
    said = await asyncio.gather(*(accounts.set_up(token, one) for one in founding), return_exceptions=True)
    assert sum(isinstance(what, int) for what in said) == 1
    assert await sql.value("select (select count(*) from person) + (select count(*) from channel)") == 2


async def test_the_command_line_adds_somebody_who_can_sign_in() -> None:
    said = await accounts.add_person("ops@example.com", "Ops", "admin", PASSWORD)
    assert said == "Added ops@example.com as admin."
    assert await accounts.sign_in("ops@example.com", PASSWORD, **HERE)
    assert await sql.value("select name from team") == "Our team"
    assert await accounts.setup_link() is None


async def test_without_a_password_the_command_line_gives_a_link() -> None:
    said = await accounts.add_person("ops@example.com", "Ops", "viewer", "")
    token = said.rsplit("/", 1)[1]
    assert f"{settings().origin}/invite/" in said
    guest = await tickets.invitation(token)
    assert guest and guest.email == "ops@example.com"


@pytest.mark.parametrize(
    ("email", "name", "role", "password"),
    [("no", "N", "admin", PASSWORD), ("a@b", "N", "boss", PASSWORD), ("a@b", " ", "admin", PASSWORD),
     ("a@b", "N", "admin", "short"),
     ("a@b\r\nBcc: x@y", "N", "admin", PASSWORD), ("a@\u202eb", "N", "admin", PASSWORD)],
)  # fmt: skip
async def test_the_command_line_refuses_with_a_sentence(email: str, name: str, role: str, password: str) -> None:
    with pytest.raises(accounts.Refused, match=r"\w\.$"):
        await accounts.add_person(email, name, role, password)
    assert await accounts.nobody_yet()


async def test_the_same_address_twice_is_refused_and_the_first_unchanged() -> None:
    await accounts.add_person("ops@example.com", "Ops", "admin", PASSWORD)
    with pytest.raises(accounts.Refused, match="here already"):
        await accounts.add_person("OPS@example.com", "Other", "viewer", PASSWORD)
    assert await sql.value("select name from person") == "Ops"


async def test_a_new_role_ends_sessions_even_of_an_admin_who_promotes() -> None:
    person, token = await begun()
    admin = await make_person("admin", password_hash="x")
    await people.set_role(admin.id, person, "admin")
    assert await sessions.recognise(token) is None
