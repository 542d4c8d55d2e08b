"""The one exception of app/local: its message is written for the person at the terminal."""


class LocalTrouble(Exception):
    """A local server cannot be found, prepared or started; the message says why and what to do."""
