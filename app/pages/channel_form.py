"""The connect form: made from a platform's own settings, read back strictly. For the channels pages."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, make_dataclass
from functools import cache
from typing import Any

from litestar import Request

from app import platforms
from app.body import posted
from app.channels import Typed
from app.pages.forms import Invalid, choice, given, number, parse, text
from app.platforms.answers import web_address
from app.platforms.contract import Platform, Setting
from app.rehearsals import new_token
from app.signing import new_secret, usable
from app.verifiers import CALLBACK, STANDARD

NAME = 80
LONGEST = {"url": 2048, "secret": 1000}
# Secrets that we make when none is typed: platform → (field, how, whether people must carry it over).
MADE: dict[str, tuple[str, Callable[[], str], bool]] = {
    "webhook": ("secret", new_secret, True),
    "sandbox": ("token", new_token, False),
}
BAD_SECRET = "A signing secret is whsec_ and 24 to 64 bytes in base64. Leave it empty to get one."  # noqa: S105
SHORTEST = 16
SHORT_SECRET = f"A secret has at least {SHORTEST} characters."
Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Field:
    """One setting as the form shows it; a secret's value is shown only when we made it."""

    name: str
    label: str
    kind: str
    help: str
    choices: tuple[tuple[str, str, str], ...]
    required: bool
    value: str

    @property
    def options(self) -> tuple[tuple[str, str], ...]:
        """The choices as a list to pull down: without their explanations."""
        return tuple((key, label) for key, label, _ in self.choices)


def shown(kind: Platform, values: Values | None = None, *, made: str = "") -> tuple[Field, ...]:
    """The platform's fields with what is set or was typed; without `values`, with their defaults."""
    return tuple(_field(setting, values, made) for setting in kind.settings)


def stored(kind: Platform, settings: Values) -> dict[str, Any]:
    """A channel's settings, with the defaults of what it was connected without."""
    return {setting.name: settings.get(setting.name, setting.default) for setting in kind.settings}


async def read(kind: Platform, request: Request[Any, Any, Any], *, kept: bool = False) -> Typed:
    """What was typed, or Invalid. `kept`: an empty secret keeps the one there is."""
    sent = await posted(request)
    form = parse(sent, _form(kind.name, kept))
    values = {part.name: getattr(form, part.name) for part in fields(form) if part.name != "name"}
    secret = {setting.name: values.pop(setting.name) for setting in kind.settings if setting.kind == "secret"}
    _demand_sound(kind, values, secret, {name: str(one[-1]) for name, one in sent.items() if one})
    return Typed(form.name, values, {name: value for name, value in secret.items() if value})


def with_made(kind: Platform, typed: Typed) -> tuple[Typed, str]:
    """`typed` with the secret that was left empty, and that secret when people must carry it over."""
    name, make, carried = MADE.get(kind.name, ("", str, False))
    if not name or typed.secrets.get(name):
        return typed, ""
    made = make()
    return Typed(typed.name, typed.settings, {**typed.secrets, name: made}), made if carried else ""


def _field(setting: Setting, values: Values | None, made: str) -> Field:
    value = setting.default if values is None else values.get(setting.name, "")
    if setting.kind == "secret":
        value = made
    if setting.kind == "switch":
        value = "on" if value in (True, "on", "true", "1", "yes") else ""
    choices = tuple((key, label[:1].upper() + label[1:], "") for key, label in setting.choices)
    return Field(setting.name, setting.label, setting.kind, setting.help, choices, setting.required, str(value))


@cache
def _form(platform: str, kept: bool) -> type[Any]:
    """The form's dataclass, made once per platform: the desk's forms are read by such classes."""
    parts = [(setting.name, *_part(setting, kept)) for setting in platforms.platform(platform).settings]
    return make_dataclass(f"{platform.title()}Form", [("name", str, text(NAME)), *parts], frozen=True)


def _part(setting: Setting, kept: bool) -> tuple[Any, Any]:
    match setting.kind:
        case "switch":
            return bool, given(default=False)
        case "number":
            return int | None, number(0, 10**9, required=setting.required)
        case "choice":
            return str, choice(*(key for key, _ in setting.choices), default=setting.default or None)
    required = setting.required and not (kept and setting.kind == "secret")
    return str, text(LONGEST.get(setting.kind, 500), required=required)


def _demand_sound(kind: Platform, values: Values, secret: Mapping[str, str], sent: Mapping[str, str]) -> None:
    """What the kinds of fields themselves promise, before anybody is called."""
    wrong = {
        setting.name: "Write the whole address, beginning with https:// or http://."
        for setting in kind.settings
        if setting.kind == "url" and values[setting.name] and not web_address(values[setting.name])
    }
    if kind.name == "webhook" and secret.get("secret") and not usable(secret["secret"]):
        wrong["secret"] = BAD_SECRET
    if why := _unfit(str(values.get("callbacks", "")), secret.get(CALLBACK, "")):
        wrong[CALLBACK] = why
    if wrong:
        raise Invalid(wrong, sent)


def _unfit(scheme: str, typed: str) -> str:
    """Why callbacks of that style cannot be signed with this secret."""
    if typed and scheme == STANDARD.name and not usable(typed):
        return BAD_SECRET.replace("to get one", "to use the signing secret")
    return SHORT_SECRET if typed and len(typed) < SHORTEST else ""
