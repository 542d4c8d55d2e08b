"""One conformance suite for every platform, and the receiver it talks to."""
