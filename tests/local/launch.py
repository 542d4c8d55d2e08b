"""Runs `galley up` with stand-ins for web and worker: launch.py DIR PORT [embedded] [broken]."""

import sys
from argparse import Namespace
from pathlib import Path

from app.commands_up import GALLEY, Parts, up
from app.local.trouble import LocalTrouble

STANDIN = (sys.executable, str(Path(__file__).with_name("standin.py")))
web = "broken" if "broken" in sys.argv else "web"
parts = Parts(migrate=(*GALLEY, "migrate"), web=(*STANDIN, web), worker=(*STANDIN, "worker"))
options = Namespace(data=Path(sys.argv[1]), host="127.0.0.1", port=int(sys.argv[2]))
try:
    sys.exit(up(options, parts, embedded="embedded" in sys.argv))
except LocalTrouble as trouble:
    print(trouble, file=sys.stderr)
    sys.exit(1)
