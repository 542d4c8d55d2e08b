"""One sentence about somebody's posts of the next 24 hours, where the forecast is not green. For their digest."""

from app import forecast, sql
from app.forecast import COMING
from app.lifecycles.statuses import listed

MOST = 50
SOON = f"""
SELECT id FROM post WHERE author = $1 AND archived_at IS NULL AND status IN ({listed(*COMING)})
  AND planned_on BETWEEN current_date - 1 AND current_date + 2
  AND publish_at BETWEEN now() AND now() + interval '24 hours' ORDER BY publish_at, id LIMIT {MOST}
"""  # noqa: S608


async def of(person: int, zone: str) -> str:
    """Empty while nothing of theirs is in danger."""
    soon = [row["id"] for row in await sql.rows(SOON, person)]
    colours = [verdict.colour for verdict in (await forecast.of(soon, zone)).values()]
    red, amber = colours.count("red"), colours.count("amber")
    if not red and not amber:
        return ""
    told = [f"{red} will not go out as it stands"] * bool(red) + [f"{amber} may not"] * bool(amber)
    many = f"your {len(colours)} posts" if len(colours) > 1 else "your one post"
    return f"Of {many} of the next 24 hours {' and '.join(told)}."
