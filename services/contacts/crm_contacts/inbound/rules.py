"""What the words of something that came in are in our own fields."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from crm_contacts.activities.models import Activity
from crm_contacts.activities.schemas import ActivityFields
from crm_contacts.addresses.rules import normal_email, normal_phone
from crm_contacts.calls.schemas import CallFields
from crm_shared.errors import ServiceError

# codes and places only, but a mapping may be wrong in a hundred of them
LONGEST_REASON = 200
# messengers whose addresses are telephone numbers
BY_NUMBER = frozenset({"sms", "viber", "whatsapp"})
ABOUT = ("contact_id", "company_id", "lead_id")
Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Whose:
    """Whom an address belongs to, and who looks after him."""

    contact_id: UUID | None = None
    company_id: UUID | None = None
    lead_id: UUID | None = None
    owner_id: UUID | None = None
    team_id: UUID | None = None


def came_at(data: Mapping[str, Any]) -> datetime | None:
    """Return when it came, as whoever keeps its words tells."""
    said = data.get("came_at")
    return None if said is None else datetime.fromisoformat(said)


def lead_values(fields: Mapping[str, Any]) -> Values:
    """Return a lead's values; one address and one number become lists."""
    values = {name: value for name, value in fields.items() if name not in ("email", "phone")}
    for one, many in (("email", "emails"), ("phone", "phones")):
        if fields.get(one):
            values[many] = [{"value": fields[one], "label": None, "is_primary": True}]
    return values


def lead_of_sender(fields: Mapping[str, Any], *, region: str) -> Values:
    """Return the values of a lead made of somebody who wrote to us and whom nobody knows."""
    address, name = str(fields["from"]), str(fields.get("name") or "")[:100]
    values: Values = {"channel": fields["channel"], "source": "inbound"}
    values |= {"first_name": name} if name else {}
    values |= {"language": fields["language"]} if fields.get("language") else {}
    if reached := _reached(fields, region):
        return values | reached
    if "@" in address:
        return values | {"emails": [{"value": address, "label": None, "is_primary": True}]}
    if number_of(fields) is not None and address.lstrip("+").isdigit():
        return values | {"phones": [{"value": address, "label": None, "is_primary": True}]}
    # a chat's number is no way to reach him elsewhere; it names him as long as nobody does
    return {"first_name": name or f"{fields['channel']} {address}"[:100], **values}


def _reached(fields: Mapping[str, Any], region: str) -> Values:
    """How a visitor says that he can be reached, as far as that can be read."""
    email, phone = normal_email(fields.get("email") or ""), fields.get("phone") or ""
    known = {"emails": email, "phones": normal_phone(phone, region)}
    return {
        many: [{"value": value, "label": None, "is_primary": True}]
        for many, value in known.items()
        if value
    }


def is_number(address: str) -> bool:
    """Whether an address is a telephone number with its country's code, and no number of a chat."""
    return address.startswith("+") and address[1:].isdigit()


def number_of(fields: Mapping[str, Any]) -> str | None:
    """Return the telephone number that somebody wrote from, however it is spelt."""
    address = str(fields["from"])
    by_number = fields.get("channel") in BY_NUMBER and any(map(str.isdigit, address))
    return address if is_number(address) or by_number else None


def sender_key(fields: Mapping[str, Any]) -> str:
    """Return by what a lead made of a sender is known: two letters at once make one."""
    said = f"{fields['channel']}|{fields['from']}"
    return f"from-{sha256(said.encode()).hexdigest()[:40]}"


def call_values(fields: Mapping[str, Any]) -> Values:
    """Return a call's values; raises ValidationError."""
    return CallFields.model_validate(fields).model_dump(exclude_unset=True)


def activity_values(fields: Mapping[str, Any]) -> Values:
    """Return an activity's values without whom it is about; raises ValidationError."""
    told = {name: value for name, value in fields.items() if name not in ("email", "phone")}
    return ActivityFields.model_validate(told).model_dump(exclude_unset=True)


def whose_values(found: Whose, known: Activity | None) -> Values:
    """Return whom an activity is about and whose it is, as far as it does not say so itself."""
    about: Values = {name: getattr(found, name) for name in ABOUT}
    belongs: Values = {"assignee_id": found.owner_id, "team_id": found.team_id}
    if known is None:
        return about | belongs
    told = [
        values
        for values in (about, belongs)
        if any(values.values()) and not any(getattr(known, name) for name in values)
    ]
    return {name: value for values in told for name, value in values.items()}


def reason_of(refused: ServiceError | ValidationError) -> str:
    """Return why something was refused: codes and places, never what was in it."""
    if isinstance(refused, ValidationError):
        faults = refused.errors(include_url=False, include_context=False, include_input=False)
        places = [f"/{'/'.join(map(str, one['loc']))} {one['type']}" for one in faults]
        return ("invalid: " + "; ".join(places))[:LONGEST_REASON]
    places = [f"{one.pointer} {one.code}" for one in refused.errors]
    return "; ".join([refused.problem, *places])[:LONGEST_REASON]
