"""The files the product owns, their smaller copies, and where their bytes lie. Verbs and doors call it."""

from app.blobs.files import ENDINGS, File, bring, keep, of_asset, of_digest, opened, take
from app.blobs.forgetting import forget_unused
from app.blobs.store import StoreTrouble
from app.blobs.variants import WIDTHS, TooHeavy, at_width, within

__all__ = [
    "ENDINGS",
    "WIDTHS",
    "File",
    "StoreTrouble",
    "TooHeavy",
    "at_width",
    "bring",
    "forget_unused",
    "keep",
    "of_asset",
    "of_digest",
    "opened",
    "take",
    "within",
]
