"""`galley mcp`: a desk for agents, over standard input and output or over HTTP on this machine. For app/commands.py."""

import argparse
import socket
from importlib.util import find_spec
from pkgutil import resolve_name

from app.commands_reach import DECLINED, DONE, MISUSED, Misused, key, origin, say

HERE = "127.0.0.1"
MISSING = "this needs one more package:  pip install 'galley[mcp]'"


def serve(options: argparse.Namespace) -> int:
    """Serve until the agent, or a signal, ends it."""
    if find_spec("mcp") is None:
        return say(MISSING, DECLINED)
    access = resolve_name("app.agents.access:Access")
    try:
        if options.http:
            _over_http(access(origin(options), ""), options.port)
        else:
            resolve_name("app.agents.server:over_pipes")(access(origin(options), key(options)))
    except Misused as wrong:
        return say(str(wrong), MISUSED)
    return DONE


def _over_http(access: object, port: int) -> None:
    try:
        door = socket.create_server((HERE, port))
    except (OSError, OverflowError) as error:
        raise Misused(f"port {port} cannot be used: {error}. Name another with --port") from None
    with door:
        print(f"Agents find the desk at http://{HERE}:{port}/mcp", flush=True)
        resolve_name("app.agents.server:over_http")(access, door)
