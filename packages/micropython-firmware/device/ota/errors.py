"""What the package raises on purpose. The text of each error is meant for a person."""


class OtaError(Exception):
    """Base of all errors of this package. Trying again may help."""


class Refused(OtaError):
    """What the server offers must not be installed; trying again brings the same."""


class Mismatch(OtaError):
    """A file and the list of files do not fit together, and either may be wrong."""
