"""Why the channels feature says no."""

from crm_shared.errors import ConflictError, FieldError, InvalidError


class PolicyInvalidError(InvalidError):
    """Two settings that only make sense together."""

    problem = "channel-policy"

    def __init__(self, field: str, other: str) -> None:
        detail = f"{field} and {other} go together: give both, or null for both."
        super().__init__(FieldError(f"/{field}", "channel-policy", detail), detail=detail)


class ChannelOffError(ConflictError):
    """Nothing can be sent: no provider is configured, or an administrator stopped the channel."""

    problem = "channel-off"

    def __init__(self, channel: str, *, is_stopped: bool) -> None:
        why = "was stopped" if is_stopped else "has no provider"
        super().__init__(f"The channel {channel} {why}.", channel=channel)


class NoAddressesHereError(ConflictError):
    """Addresses of this channel belong to contacts, not to notifications."""

    problem = "addresses-kept-elsewhere"

    def __init__(self, channel: str) -> None:
        super().__init__(f"Addresses for {channel} stand in the contact.", channel=channel)
