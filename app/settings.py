"""The environment, read once into one frozen object. Every field names its variable and says what it does."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
EVERY_ADDRESS = "0.0.0.0"  # noqa: S104
INDEXNOW_KEY = re.compile("([A-Za-z0-9-]{8,128})?")
LOCAL_NAMES = {EVERY_ADDRESS, "::", "::1", "localhost"}
ADDRESSES = {
    "DATABASE_URL": (("postgresql", "postgres"), "postgresql://user:password@host:5432/name"),
    "REDIS_URL": (("redis", "rediss", "unix"), "redis://:password@host:6379/0"),
}
SPELLED = "in a password / is %2F, ? is %3F, # is %23, [ is %5B and @ is %40"
WEAK_KEYS = {"", "changeme", "change-me", "secret", "default", "galley", "insecure"}


class SettingsError(Exception):
    """A setting is missing or wrong; the message says what to do."""


def env(variable: str, default: Any, help: str) -> Any:
    """A settings field read from `variable`; its type is the type of the annotation."""
    return field(default=default, metadata={"variable": variable, "help": help})


@dataclass(frozen=True, slots=True)
class Settings:
    database_url: str = env("DATABASE_URL", "", "PostgreSQL address; `galley up` brings its own when empty")
    redis_url: str = env("REDIS_URL", "", "Redis or Valkey address; `galley up` brings its own when empty")
    secret_key: str = env("SECRET_KEY", "", "signs cookies and seals channel secrets; 32 characters or more")
    public_url: str = env("PUBLIC_URL", "", "the address people type, e.g. https://desk.example.com")
    port: int = env("PORT", 8000, "the port the web process listens on")
    host: str = env("HOST", "127.0.0.1", "the address the web process binds; 0.0.0.0 when only PORT is set (PaaS)")
    proxy_hops: int = env("PROXY_HOPS", 0, "how many trusted proxies stand in front and set X-Forwarded-For")
    database_pool: int = env("DATABASE_POOL", 10, "connections each process may keep open to PostgreSQL")
    allow_private_hosts: str = env(
        "ALLOW_PRIVATE_HOSTS", "", "host:port pairs, comma separated, that outgoing calls may reach although private"
    )
    llm_base_url: str = env("LLM_BASE_URL", "", "an OpenAI-compatible endpoint; empty: the outline writer")
    llm_model: str = env("LLM_MODEL", "gpt-5-mini", "the model the endpoint is asked for")
    llm_api_key: str = env("LLM_API_KEY", "", "the endpoint's key, sent as a bearer token")
    llm_timeout: int = env("LLM_TIMEOUT", 240, "seconds one writing call may take")
    image_base_url: str = env("IMAGE_BASE_URL", "", "an OpenAI-compatible images endpoint; empty: the drawn cover")
    image_model: str = env("IMAGE_MODEL", "gpt-image-1-mini", "the model the images endpoint is asked for")
    image_api_key: str = env("IMAGE_API_KEY", "", "the images endpoint's key, sent as a bearer token")
    image_timeout: int = env("IMAGE_TIMEOUT", 180, "seconds one drawing call may take")
    s3_bucket: str = env("S3_BUCKET", "", "the bucket of an S3-compatible store for pictures; empty: PostgreSQL")
    s3_endpoint: str = env("S3_ENDPOINT", "", "that store's address, e.g. https://minio.example.com; empty: AWS's own")
    s3_region: str = env("S3_REGION", "us-east-1", "the region the bucket lies in")
    s3_access_key: str = env("S3_ACCESS_KEY", "", "the access key id; it may put, get and delete the bucket's objects")
    s3_secret_key: str = env("S3_SECRET_KEY", "", "the secret access key of that id")
    s3_path_style: int = env("S3_PATH_STYLE", 1, "1: the bucket stands in the path; 0: in front of the host name")
    indexnow_key: str = env(
        "INDEXNOW_KEY", "", "8 to 128 letters, digits or hyphens; when set, search engines are told of blog posts"
    )
    indexnow_url: str = env("INDEXNOW_URL", "https://api.indexnow.org/indexnow", "who tells the search engines")
    smtp_url: str = env("SMTP_URL", "", "the mail server, e.g. smtp://user:pass@host:587?starttls; empty: no e-mail")
    mail_from: str = env("MAIL_FROM", "", "the address notices come from, e.g. Galley <desk@example.com>")
    api_rate: int = env("API_RATE", 600, "requests an API key may make in a minute")
    attempts_limit: int = env("PUBLICATION_ATTEMPTS_LIMIT", 3, "tries before a delivery is given up")
    retry_delay: int = env("PUBLICATION_RETRY_DELAY", 60, "seconds between two tries of a delivery")
    late_window: int = env("LATE_WINDOW", 60, "minutes a due post may be late and still go out by itself")
    log_level: str = env("LOG_LEVEL", "INFO", "how much the processes say: DEBUG, INFO, WARNING, ERROR")

    @property
    def secure(self) -> bool:
        """Whether people reach the desk over https, so cookies carry Secure and the __Host- prefix."""
        return self.public_url.startswith("https://")

    @property
    def origin(self) -> str:
        """Scheme, host and port people see, without a trailing slash."""
        return (self.public_url or f"http://{_seen_as(self.host)}:{self.port}").rstrip("/")


def read(environ: Mapping[str, str]) -> Settings:
    """Settings from `environ`; a number that is not one raises SettingsError naming its variable."""
    values: dict[str, Any] = {f.name: _parse(f.metadata["variable"], f.type, environ) for f in fields(Settings)}
    if values["port"] and not values["host"]:
        values["host"] = EVERY_ADDRESS
    for variable, (schemes, example) in ADDRESSES.items():
        if (url := values[variable.lower()]) and not _readable(url, schemes):
            raise SettingsError(f"{variable} cannot be read. Write it like {example}; {SPELLED}.")
    if not INDEXNOW_KEY.fullmatch(values["indexnow_key"] or ""):
        raise SettingsError("INDEXNOW_KEY takes 8 to 128 letters, digits or hyphens, or nothing at all.")
    return Settings(**{name: value for name, value in values.items() if value is not None})


def demand_secret(settings: Settings) -> None:
    """Refuse a missing, default or short SECRET_KEY."""
    if settings.secret_key.strip().lower() in WEAK_KEYS or len(settings.secret_key) < 32:
        raise SettingsError(
            "SECRET_KEY is missing, a default, or shorter than 32 characters. Make one with\n"
            '  python3 -c "import secrets; print(secrets.token_urlsafe(48))"\n'
            "and set it for web and worker alike; keep it, since it unlocks stored channel secrets."
        )


def demand_store(settings: Settings) -> None:
    """Refuse a media store that is only half named: the first picture would find out."""
    if not settings.s3_bucket:
        return
    if not (settings.s3_access_key and settings.s3_secret_key):
        raise SettingsError("S3_BUCKET is set without its keys. Set S3_ACCESS_KEY and S3_SECRET_KEY, or unset it.")
    where = urlsplit(settings.s3_endpoint or "https://aws")
    if where.scheme not in ("http", "https") or not where.hostname or where.query or where.username:
        raise SettingsError("S3_ENDPOINT is no address of a store. Write it like https://minio.example.com:9000.")


@cache
def settings() -> Settings:
    """The process's settings, read from the environment on first use."""
    return read(os.environ)


def _readable(url: str, schemes: tuple[str, ...]) -> bool:
    """Whether it parses as it was meant. What fails later would be told with half of the password."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    cut = parts.scheme != "unix" and "@" in f"{parts.path}{parts.query}{parts.fragment}" and "@" not in parts.netloc
    return parts.scheme in schemes and not cut


def _seen_as(host: str) -> str:
    """How this machine's browser calls a bound address."""
    if host in LOCAL_NAMES or host.startswith("127."):
        return "localhost"
    return f"[{host}]" if ":" in host else host


def _parse(variable: str, kind: Any, environ: Mapping[str, str]) -> str | int | None:
    raw = environ.get(variable, "").strip()
    if not raw:
        return None
    if kind is not int:
        return raw
    if not raw.lstrip("-").isdigit():
        raise SettingsError(f"{variable} is {raw!r}; it takes a whole number.")
    return int(raw)
