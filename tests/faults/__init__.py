"""Proof of delivery by faults, from outside the product: `python -m tests.faults GOAL`. See __main__."""
