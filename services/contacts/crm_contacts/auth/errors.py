"""Why somebody is not let in."""

from crm_shared.errors import FieldError, InvalidError, TooManyRequestsError, UnauthorizedError


class SignInRefusedError(UnauthorizedError):
    problem = "sign-in-refused"

    def __init__(self) -> None:
        super().__init__("The e-mail address or the password is wrong.")


class LockedOutError(TooManyRequestsError):
    problem = "locked-out"

    def __init__(self, retry_after: int) -> None:
        super().__init__("Too many attempts; wait.", retry_after=retry_after)


class RefreshRefusedError(UnauthorizedError):
    problem = "refresh-refused"

    def __init__(self) -> None:
        super().__init__("The session has ended; sign in again.")


class WrongPasswordError(InvalidError):
    problem = "wrong-password"

    def __init__(self) -> None:
        fault = FieldError("/current_password", "wrong-password", "This is not your password.")
        super().__init__(fault, detail="The current password is wrong.")
