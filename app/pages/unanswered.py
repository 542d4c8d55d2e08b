"""What a platform did on its own and nobody has answered yet, in the card's words. For words."""

from collections.abc import Sequence

from app.flow.changed_there import waits
from app.pages.details import Sent


def told(deliveries: Sequence[Sent]) -> str:
    """One sentence that says what to decide, or nothing."""
    back = [sent.name for sent in deliveries if sent.resurfaced]
    if back:
        return f"It is live on {', '.join(back)} though it was taken back: take it down there, or keep it."
    changed = [sent.name for sent in deliveries if waits(sent.status, sent.error_kind)]
    return f"It was changed on {', '.join(changed)}: say there what follows." if changed else ""
