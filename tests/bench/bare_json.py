"""The baseline of the JSON doors: a bare Litestar route with a constant answer, served like the desk's web process."""

import sys

import uvicorn
from litestar import Litestar, get

ANSWER = {"posts": [{"title": "Tides", "excerpt": "They come twice a day.", "number": number} for number in range(50)]}


@get("/")
async def answer() -> dict[str, list[dict[str, str | int]]]:
    return ANSWER


app = Litestar([answer])

if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), access_log=False, log_level="warning")
