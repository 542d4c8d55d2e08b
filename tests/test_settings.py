"""The environment becomes one object, and README says what each variable does."""

import re
from dataclasses import fields

import pytest

from app.settings import ROOT, Settings, SettingsError, demand_secret, read

pytestmark = pytest.mark.pure
LONG = "0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize("field", fields(Settings), ids=lambda field: field.name)
def test_each_variable_stands_in_readme_with_its_default_and_meaning(field) -> None:
    variable, default = field.metadata["variable"], f"`{field.default}`" if field.default != "" else ""
    row = re.search(rf"^\| `{variable}` \|(.*)\|(.*)\|$", (ROOT / "README.md").read_text(), re.MULTILINE)
    assert row, f"README's table of settings lacks {variable}"
    assert row[1].strip() == default
    assert row[2].strip() == field.metadata["help"]


def test_readme_documents_no_variable_that_does_not_exist() -> None:
    told = set(re.findall(r"^\| `([A-Z0-9_]+)` \|", (ROOT / "README.md").read_text(), re.MULTILINE))
    assert told == {field.metadata["variable"] for field in fields(Settings)}


@pytest.mark.parametrize("key", ["", "changeme", "Galley", LONG[:31], "   "])
def test_a_missing_default_or_short_secret_is_refused_with_a_way_to_make_one(key: str) -> None:
    with pytest.raises(SettingsError, match=r"secrets\.token_urlsafe"):
        demand_secret(read({"SECRET_KEY": key}))


def test_a_long_secret_is_taken() -> None:
    demand_secret(read({"SECRET_KEY": LONG}))


def test_a_number_that_is_none_names_its_variable() -> None:
    with pytest.raises(SettingsError, match="PORT is 'http'"):
        read({"PORT": "http"})


SECRETS = ("ca/nary", "ca?nary", "ca#nary", "ca[nary", "[canary")
GOOD = ("postgresql:///galley?host=/run/x", "postgres://u:p@h:5432/n", "postgresql://u:a%2Fb@h,i:1/n?sslmode=disable")


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize(("variable", "scheme"), [("DATABASE_URL", "postgresql"), ("REDIS_URL", "redis")])
def test_an_address_with_a_sign_that_ends_its_password_is_refused_without_showing_it(
    variable: str, scheme: str, secret: str
) -> None:
    with pytest.raises(SettingsError, match=f"{variable} cannot be read. Write it like {scheme}://") as refused:
        read({variable: f"{scheme}://user:{secret}@host/0"})
    assert "nary" not in str(refused.value)


@pytest.mark.parametrize("url", ["host:5432", "mysql://host/name", "nonsense"])
def test_an_address_of_something_else_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match="DATABASE_URL cannot be read"):
        read({"DATABASE_URL": url})


@pytest.mark.parametrize("url", GOOD)
def test_addresses_as_people_have_them_are_taken(url: str) -> None:
    assert read({"DATABASE_URL": url, "REDIS_URL": "rediss://:p@h:6380/1"}).database_url == url
    assert read({"REDIS_URL": "unix:///run/valkey.sock?db=0"}).redis_url.startswith("unix://")


def test_blank_values_count_as_unset() -> None:
    assert read({"PORT": " ", "LLM_MODEL": ""}) == read({})


@pytest.mark.parametrize(
    ("environ", "host"),
    [
        ({}, "127.0.0.1"),
        ({"PORT": "5000"}, "0.0.0.0"),
        ({"PORT": "5000", "HOST": "127.0.0.1"}, "127.0.0.1"),
        ({"HOST": "::1"}, "::1"),
    ],
)
def test_a_port_from_the_platform_opens_every_address_unless_host_says_otherwise(environ, host: str) -> None:
    assert read(environ).host == host


@pytest.mark.parametrize(
    ("environ", "origin"),
    [
        ({}, "http://localhost:8000"),
        ({"HOST": "0.0.0.0", "PORT": "81"}, "http://localhost:81"),
        ({"HOST": "192.0.2.7"}, "http://192.0.2.7:8000"),
        ({"HOST": "2001:db8::7"}, "http://[2001:db8::7]:8000"),
        ({"PUBLIC_URL": "https://desk.example.com/", "PORT": "81"}, "https://desk.example.com"),
    ],
)
def test_the_origin_is_what_people_type(environ, origin: str) -> None:
    assert read(environ).origin == origin


def test_cookies_are_secure_exactly_on_https() -> None:
    assert read({"PUBLIC_URL": "https://desk.example.com"}).secure
    assert not read({"PUBLIC_URL": "http://desk.example.com"}).secure
