"""The page of the freeze: how it stands, what lifting does, and who may turn it."""

import httpx
import pytest

from app import sql
from app.flow import freeze
from app.lifecycles.machine import WORKER, By
from app.pages import frozen
from tests.makers import make_person, make_post, make_team
from tests.visitors import enter

FREEZE = "/settings/freeze"


async def held(title: str, hours: int) -> None:
    post = await make_post("scheduled", title=title)
    await sql.run(
        "UPDATE publication SET held_for = 'freeze', held_at = now(), due_at = now() - make_interval(hours => $2)"
        " WHERE post = $1",
        post.id, hours,
    )  # fmt: skip


async def test_an_admin_stops_all_sending_with_a_reason_that_everybody_reads(client: httpx.AsyncClient) -> None:
    visitor = await enter(client, "admin")
    assert "Stop all sending" in (await visitor.get(FREEZE)).text
    answer = await visitor.post(FREEZE, note="The shop is on fire.")
    assert (answer.status_code, answer.headers["location"]) == (303, FREEZE)
    reader = await enter(client, "viewer")
    page = (await reader.get(FREEZE)).text
    assert f"Sending is frozen by {visitor.person.name} since" in page
    assert "The shop is on fire." in page
    assert "Stop all sending" not in page and "Lift the freeze" not in page
    calendar = (await reader.get("/calendar")).text
    assert f"Sending is frozen by {visitor.person.name} since" in calendar and "The shop is on fire." in calendar
    assert f'href="{FREEZE}"' in calendar


async def test_before_lifting_the_page_lists_what_will_happen(client: httpx.AsyncClient) -> None:
    visitor = await enter(client, "admin")
    await freeze.freeze(by=WORKER)
    await held("Young tide", 0)
    await held("Old tide", 4)
    page = (await visitor.get(FREEZE)).text
    goes, stays = page.index('id="freeze-goes"'), page.index('id="freeze-stays"')
    assert goes < page.index("Young tide") < stays < page.index("Old tide")
    answer = await visitor.post(f"{FREEZE}/lift")
    assert answer.status_code == 303
    page = (await visitor.get(FREEZE)).text
    assert "Sending goes on. 1 post goes out now, 1 waits for a person." in page
    kinds = await sql.rows("SELECT held_for FROM publication ORDER BY id")
    assert [row["held_for"] for row in kinds] == [None, "late"]


@pytest.mark.parametrize("path", [FREEZE, f"{FREEZE}/lift"])
@pytest.mark.parametrize("role", ["viewer", "writer", "editor"])
async def test_nobody_but_an_admin_turns_it(client: httpx.AsyncClient, role: str, path: str) -> None:
    visitor = await enter(client, role)
    assert (await visitor.post(path)).status_code == 403
    assert await sql.value("SELECT frozen_at IS NULL FROM team")


async def test_turning_it_twice_says_so(client: httpx.AsyncClient) -> None:
    visitor = await enter(client, "admin")
    answer = await visitor.post(f"{FREEZE}/lift")
    assert answer.status_code == 409 and "Sending is not frozen." in answer.text
    await visitor.post(FREEZE)
    answer = await visitor.post(FREEZE)
    assert answer.status_code == 409 and "frozen already" in answer.text


async def test_the_banner_says_who_why_and_where() -> None:
    person = await make_person("admin", name="Nina Lorenz")
    await make_team()
    by = By("person", person=person.id, role="admin")
    await freeze.freeze("The shop is on fire.", by=by)
    banner = await frozen.banner("Europe/Berlin")
    assert banner.text.startswith("Sending is frozen by Nina Lorenz since today, ")
    assert banner.text.endswith("(Berlin). Nothing goes out until an admin lifts it. The shop is on fire.")
    assert banner.href == FREEZE


async def test_a_title_of_a_list_is_escaped(client: httpx.AsyncClient) -> None:
    visitor = await enter(client, "admin")
    await freeze.freeze("<b>why</b>", by=WORKER)
    await held("<script>tide</script>", 0)
    page = (await visitor.get(FREEZE)).text
    assert "<script>tide" not in page and "<b>why" not in page
