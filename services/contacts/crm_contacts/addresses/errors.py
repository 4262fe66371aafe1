"""Why an e-mail address or a telephone number is refused."""

from crm_shared.errors import FieldError, InvalidError


def not_an_email(pointer: str) -> FieldError:
    return FieldError(pointer, "not-an-email", "This is not an e-mail address.")


def not_a_phone(pointer: str) -> FieldError:
    return FieldError(pointer, "not-a-phone", "This is not a telephone number.")


class InvalidAddressesError(InvalidError):
    problem = "invalid-addresses"

    def __init__(self, errors: list[FieldError]) -> None:
        super().__init__(*errors, detail="An e-mail address or telephone number is not valid.")


class RepeatedPrimaryError(InvalidError):
    problem = "repeated-primary"

    def __init__(self, kind: str) -> None:
        one = FieldError(f"/{kind}", "one-primary", "At most one of them may be primary.")
        super().__init__(one, detail="Only one address of a kind may be primary.")
