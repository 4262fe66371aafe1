"""What can go wrong when a server of our own is started."""


class EmbeddedServerError(RuntimeError):
    """A server could not be started or asked."""


class BinaryMissingError(EmbeddedServerError):
    """There is no such program here; the text says what to install or to set."""


class AlreadyRunningError(EmbeddedServerError):
    """Another living process runs a server on this directory."""


class DiskFullError(EmbeddedServerError):
    """The server needs more room than the disk has."""
