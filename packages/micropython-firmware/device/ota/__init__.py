"""The on-device half of the update system; `ota.node.run()` is the way in."""

from micropython import const

__version__ = "0.1.0"

ENOSPC = const(28)
# As an ESP32 numbers them.
_WORDS = {
    ENOSPC: "the flash is full",
    104: "the connection was reset",
    111: "the connection was refused",
    113: "the connection was lost",
    116: "timed out",
    118: "not reachable",
    -202: "no such host",
}


class OtaError(Exception):
    """What the package raises on purpose, with a text for a person. Trying again may help."""


class Refused(OtaError):
    """What the server offers must not be installed; trying again brings the same."""


class Mismatch(OtaError):
    """A file and the list of files do not fit together, and either may be wrong."""


def wrong_answer(what):
    """Return the error for an answer of a server that makes no sense."""
    return OtaError("the answer " + what)


def describe(error):
    """Say what went wrong in words; errors of the network have only a number."""
    if isinstance(error, OtaError):
        return str(error)
    if isinstance(error, OSError) and error.errno in _WORDS:
        return _WORDS[error.errno]
    return "%s: %s" % (type(error).__name__, error)
