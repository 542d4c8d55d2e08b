"""What a channel would refuse, asked before anything is packed."""

import json

from app import forecast_limits
from app.seals import Channel

TEXT = {
    "title": "Tides", "slug": "tides", "excerpt": "", "body": "Twice a day.", "body_html": "<p>Twice a day.</p>",
    "link": "", "pictures": [{"asset": "a", "media": 1, "alt": "The sea", "sha256": "00"}], "channels": [],
}  # fmt: skip
BLOG = Channel(1, "Blog", "wordpress", {"url": "https://blog.example"})


def test_a_picture_whose_type_nobody_has_read_yet_is_no_reason_to_refuse() -> None:
    assert forecast_limits.judged(json.dumps(TEXT), (BLOG,)) == ()


def test_a_missing_title_is() -> None:
    (misfit,) = forecast_limits.judged(json.dumps(TEXT | {"title": ""}), (BLOG,))
    assert misfit.sentence == "Blog needs a title."
