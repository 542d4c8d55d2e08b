"""Where a WordPress is and as whom we come: pure text, from a channel's settings. Called by wordpress* only."""

from base64 import b64encode
from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

from app.platforms.contract import Account


def address(account: Account) -> str:
    """The site's own address: what people paste may end in the folder of its desk or of its API."""
    url = str(account.settings.get("url", "")).strip().rstrip("/")
    for tail in ("/wp-admin", "/wp-login.php", "/wp-json"):
        url = url.removesuffix(tail)
    return url


def credentials(account: Account) -> str:
    typed = f"{str(account.settings.get('user', '')).strip()}:{account.secrets.get('password', '')}"
    return b64encode(typed.encode()).decode()


def joined(root: str, path: str, query: Mapping[str, str]) -> str:
    if not query:
        return root + path
    return f"{root}{path}{'&' if '?' in root else '?'}{urlencode(query)}"


def origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.lower()}"
