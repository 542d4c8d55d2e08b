"""Stand-ins for the desk's own parts where a test is about the launcher: a healthy web, a worker that waits."""

import asyncio
import os
import sys

import uvicorn


async def healthy(scope, receive, send):
    if scope["type"] != "http":
        return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


if __name__ == "__main__":
    if sys.argv[1] == "web":
        uvicorn.run(healthy, host=os.environ["HOST"], port=int(os.environ["PORT"]), log_level="warning")
    elif sys.argv[1] == "worker":
        asyncio.run(asyncio.sleep(3600))
    else:
        sys.exit(3)
