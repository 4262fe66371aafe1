"""What a visitor's answers make of a lead: nothing that the form does not ask for."""

import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Any, Literal, get_args
from urllib.parse import parse_qsl

from crm_contacts.addresses.rules import normal_email, normal_phone
from crm_contacts.lead_forms.errors import UnreadableAnswersError

FieldName = Literal[
    "first_name",
    "last_name",
    "company_name",
    "job_title",
    "email",
    "phone",
    "message",
    "language",
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "utm_term",
    "utm_content",
]
FIELD_NAMES: tuple[str, ...] = get_args(FieldName)
LANGUAGES = frozenset({"en", "uk", "ru"})
LONGEST: Mapping[str, int] = {
    "first_name": 100,
    "last_name": 100,
    "company_name": 300,
    "job_title": 200,
    "email": 320,
    "phone": 60,
    "message": 4000,
}
LONGEST_UTM = 200
# a page's own hidden fields come along; beyond this the body is no form
MOST_FIELDS = 200
FORM_WINDOW = timedelta(minutes=1)
ADDRESS_WINDOW = timedelta(hours=1)
# a second one for whoever lost the first, a third for patience
LETTERS_WINDOW, MOST_LETTERS = timedelta(days=1), 3
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
# all three: nothing is known of a visitor, not even whether the key opened anything
THANKS = (
    '<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    "<title>Thank you</title><p lang=en>Thank you, we have your message."
    "<p lang=uk>Дякуємо, ваше повідомлення в нас.<p lang=ru>Спасибо, ваше сообщение у нас."
)


def key_hash(key: str) -> str:
    """Return what is kept of a form's key."""
    return sha256(key.encode()).hexdigest()


def address_hash(key: str, address: str) -> str:
    """Return what is kept of a visitor's network address, for an hour or two."""
    return hmac.new(key.encode(), f"lead-form|{address}".encode(), sha256).hexdigest()[:32]


def read_body(sent: bytes, content_type: str) -> dict[str, Any]:
    """Return what a script or a browser's own form sent, each name once.

    Raises UnreadableAnswersError for everything else, and for a form that carries files.
    """
    kind = content_type.partition(";")[0].strip().lower()
    try:
        if kind == FORM:
            # of a name that was sent twice the last counts, as in JSON
            return dict(parse_qsl(sent.decode(errors="replace"), max_num_fields=MOST_FIELDS))
        found = json.loads(sent) if kind == JSON else None
    # whoever nests brackets by the thousand sends no answers either
    except (ValueError, RecursionError) as broken:
        raise UnreadableAnswersError from broken
    if not isinstance(found, dict):
        raise UnreadableAnswersError
    return found


def read_answers(body: Mapping[str, Any], allowed: Sequence[str]) -> dict[str, str]:
    """Return what was filled in of the fields that the form asks for, cut to what fits."""
    answers = {}
    for name in allowed:
        value = body.get(name)
        if isinstance(value, str) and (said := _storable(value).strip()):
            answers[name] = said[: LONGEST.get(name, LONGEST_UTM)]
    return answers


def _storable(text: str) -> str:
    # a page that cuts a text off cuts smileys in half: no reason to lose who wrote it
    return text.replace("\0", "").encode(errors="ignore").decode()


def lead_values(answers: Mapping[str, str], *, region: str) -> dict[str, Any]:
    """Return the values of a lead; an address that cannot be read is kept as a remark."""
    values: dict[str, Any] = {
        name: answers[name]
        for name in ("first_name", "last_name", "company_name", "job_title")
        if name in answers
    }
    remarks = [answers["message"]] if "message" in answers else []
    for name, many in (("email", "emails"), ("phone", "phones")):
        said = answers.get(name)
        if said is None:
            continue
        if (normal_email(said) if name == "email" else normal_phone(said, region)) is None:
            remarks.append(f"{name}: {said}")
        else:
            values[many] = [{"value": said}]
    if remarks:
        values["note"] = "\n".join(remarks)
    if answers.get("language") in LANGUAGES:
        values["language"] = answers["language"]
    utm = _utm_of(answers)
    return {**values, "utm": utm} if utm else values


def labels_of(
    answers: Mapping[str, str], campaign: str | None, known: Mapping[str, Sequence[str]]
) -> dict[str, str]:
    """Return the labels that events may tell: those that the form's settings name themselves."""
    labels = {"campaign": campaign} if campaign else {}
    for name, said in _utm_of(answers).items():
        if said in known.get(name, ()):
            labels[f"utm_{name}"] = said
    return labels


def _utm_of(answers: Mapping[str, str]) -> dict[str, str]:
    return {
        name.removeprefix("utm_"): said for name, said in answers.items() if name.startswith("utm_")
    }
