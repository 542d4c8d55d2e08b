"""What `galley doctor` found about one thing; only the doctor makes and prints them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence about one thing, and the way to mend it when it is wrong."""

    good: bool
    said: str
    fix: str = ""

    def __str__(self) -> str:
        return f"ok     {self.said}" if self.good else f"WRONG  {self.said}\n       Fix: {self.fix}"


def fine(said: str) -> Finding:
    return Finding(True, said)


def wrong(said: str, fix: str) -> Finding:
    return Finding(False, said, fix)
