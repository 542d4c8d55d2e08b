"""The JSON API held to its own OpenAPI document by schemathesis, all checks. SCHEMATHESIS_EXAMPLES makes it longer."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, STDOUT
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.settings import settings
from tests.api.programs import ALL, connect
from tests.makers import make_campaign, make_channel

EXAMPLES = os.environ.get("SCHEMATHESIS_EXAMPLES", "5")
SEED = os.environ.get("SCHEMATHESIS_SEED", "7")


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that may ask as often as it likes."""
    known: Any = replace(settings(), api_rate=10**6)
    monkeypatch.setattr("app.api.entry.settings", lambda: known)


async def test_every_door_does_what_its_document_says(
    client: httpx.AsyncClient, address: str, unhurried: None, tmp_path: Path
) -> None:
    program = await connect(client, (*ALL, "admin"), role="admin")
    await make_channel("site")
    await make_campaign()
    words = ["--config-file", str(Path(__file__).with_name("schemathesis.toml")), "run", f"{address}/api/openapi.json"]
    words += ["--checks", "all", "--max-examples", EXAMPLES, "--seed", SEED, "--no-color"]
    words += ["-H", f"Authorization: Bearer {program.token}", "--phases", "examples,coverage,fuzzing"]
    run = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "schemathesis.cli", *words, stdout=PIPE, stderr=STDOUT, cwd=tmp_path
    )
    said, _ = await run.communicate()
    assert run.returncode == 0, said.decode()[-8000:]
    print(said.decode().partition("SUMMARY")[2])  # how many cases it was; seen with pytest -s
