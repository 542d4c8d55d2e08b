"""What every page's frame shows: navigation, person, banners. Built by page handlers, read by layouts."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Banner:
    """A sentence above the page. `tone` is a group's colour: plan, work, review, ready, live, problem."""

    tone: str
    icon: str
    text: str
    href: str = ""
    action: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the navigation; `short` is its word on a phone, `count_says` what its number counts."""

    key: str
    href: str
    icon: str
    label: str
    short: str = ""
    keys: str = ""
    count_says: str = ""
    warn: bool = False
    dialog: bool = False
    current: bool = False
    count: int = 0


MAIN = (
    Place("inbox", "/inbox", "inbox", "Inbox", "Inbox", "g i", "waiting:"),
    Place("calendar", "/calendar", "calendar-days", "Calendar", "Calendar", "g c"),
    Place("posts", "/posts", "rows-3", "Posts", "Posts", "g p"),
    Place("campaigns", "/campaigns", "megaphone", "Campaigns", "Campaigns"),
    Place("log", "/log", "scroll-text", "Publishing log", "Log", "g l"),
    Place("forecast", "/forecast", "calendar-check", "Forecast"),
    Place("library", "/library", "history", "Library", "Library"),
    Place("channels", "/channels", "plug", "Channels", "Channels", "", "need attention:", warn=True),
)
CORNERS = (
    Place("notices", "/notices", "bell", "Notices", "Notices", "", "unseen:"),
    Place("lifecycle", "/lifecycle", "workflow", "Lifecycle", "Lifecycle"),
    Place("settings", "/settings", "settings", "Settings", "Settings"),
    Place("shortcuts", "/shortcuts", "keyboard", "Shortcuts", "Shortcuts", "?", dialog=True),
)
ON_PHONE = 4


@dataclass(frozen=True, slots=True)
class Shell:
    """The frame of a signed-in page. `nav` is the current Place's key; `theme` is light, dark or empty."""

    title: str
    team: str
    person: str
    initials: str
    role: str
    nav: str
    csrf: str
    inbox: int = 0
    channels_wrong: int = 0
    notices: int = 0
    theme: str = ""
    keys_off: bool = False
    banners: tuple[Banner, ...] = ()
    flash: str = ""

    @property
    def mark(self) -> str:
        return mark(self.team)

    @property
    def other_theme(self) -> str:
        return "light" if self.theme == "dark" else "dark"

    @property
    def places(self) -> tuple[Place, ...]:
        return tuple(self._here(place) for place in MAIN)

    @property
    def corners(self) -> tuple[Place, ...]:
        return tuple(self._here(place) for place in CORNERS)

    @property
    def tabs(self) -> tuple[Place, ...]:
        return self.places[:ON_PHONE]

    @property
    def more(self) -> tuple[Place, ...]:
        return self.places[ON_PHONE:] + self.corners

    def _here(self, place: Place) -> Place:
        counts = {"inbox": self.inbox, "channels": self.channels_wrong, "notices": self.notices}
        return replace(place, current=place.key == self.nav, count=counts.get(place.key, 0))


@dataclass(frozen=True, slots=True)
class Doorstep:
    """The frame for people who are not signed in: sign-in, set-up, errors. Templates see it as `shell`."""

    title: str
    csrf: str = ""
    team: str = "Galley"
    theme: str = ""

    @property
    def mark(self) -> str:
        return mark(self.team)


@dataclass(frozen=True, slots=True)
class Storefront:
    """The frame of a public /blog page. Templates see it as `blog`; `canonical` and `image` are absolute."""

    title: str
    site: str
    description: str
    canonical: str
    tagline: str = ""
    image: str = ""
    home: str = "/blog"
    rss: str = "/blog/feed.xml"
    json_feed: str = "/blog/feed.json"


def mark(name: str) -> str:
    """The letter on the team's tile."""
    return name.strip()[:1].upper() or "G"
