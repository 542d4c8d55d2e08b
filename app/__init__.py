"""Galley: plan, generate, review, schedule, publish, recall."""

import os

__version__ = "0.1.0"

# Piccolo looks its engine up by this name whenever a table is first used; nobody should have to set it.
os.environ.setdefault("PICCOLO_CONF", "app.piccolo_conf")
