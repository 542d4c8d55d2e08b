"""Which URLs may be called at all, before any name is looked up, and which private targets were opened."""

import httpx

from app.safe_http.call import Broken
from app.settings import settings

LONGEST_URL = 2048
PORTS = {"http": 80, "https": 443}
HOW_TO_OPEN = "Whoever runs Galley can add host:port to ALLOW_PRIVATE_HOSTS."


def target(url: str, allow: frozenset[str]) -> httpx.URL:
    """`url` parsed by the parser that will also connect; raises Broken("invalid" or "blocked")."""
    parsed = _parse(url)
    if parsed.scheme not in PORTS or not parsed.host:
        raise Broken("invalid", "The address must begin with http:// or https:// and name a host.")
    if parsed.userinfo:
        raise Broken("invalid", "The address must not carry a user name or password.")
    if _port(parsed) not in PORTS.values() and _key(parsed) not in allow:
        raise Broken("blocked", f"Port {_port(parsed)} is not open to outgoing calls. {HOW_TO_OPEN}")
    return parsed


def opened() -> frozenset[str]:
    """The host:port pairs open although private: what the operator listed, and the product's own address."""
    listed = (pair.strip() for pair in settings().allow_private_hosts.split(","))
    return frozenset(host_port(f"http://{pair}") for pair in listed if pair) | {host_port(settings().origin)}


def host_port(url: str) -> str:
    """The `host:port` of a URL in the form that `allow` sets hold; "" when it has none."""
    try:
        parsed = _parse(url)
    except Broken:
        return ""
    return _key(parsed) if parsed.host else ""


def _parse(url: str) -> httpx.URL:
    if len(url) > LONGEST_URL:
        raise Broken("invalid", f"The address is longer than {LONGEST_URL} characters.")
    try:
        return httpx.URL(url)
    except (httpx.InvalidURL, ValueError) as error:
        raise Broken("invalid", "This is not a web address.") from error


def _port(url: httpx.URL) -> int:
    return url.port or PORTS.get(url.scheme, 0)


def _key(url: httpx.URL) -> str:
    return f"{url.raw_host.decode('ascii').lower()}:{_port(url)}"
