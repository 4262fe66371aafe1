"""What the tool tells when it cannot do what was asked."""


class CliError(Exception):
    """Shown as one message, without a traceback; the exit code is not zero."""

    exit_code = 1
