"""Galley: plan, generate, review, schedule, publish, recall."""

__version__ = "0.1.0"
