"""What the API's tests share with those of the verbs: a platform on loopback."""

from tests.flow.conftest import impatient, receiver, rehearsals

__all__ = ["impatient", "receiver", "rehearsals"]
