"""What a survey may ask, and what is an answer to it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from crm_shared.errors import FieldError

SCALE, CHOICE, SEVERAL, TEXT = "scale", "choice", "several", "text"
# from, to: the scale of the score is that of its kind
SCALES = {"csat": (1, 5), "nps": (0, 10)}
LONGEST = 2000
Question = Mapping[str, Any]


@dataclass(slots=True)
class Answered:
    """What somebody said: numbers and codes, words of his own apart, and what is wrong with it."""

    answers: dict[str, Any] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)


def faults_of(survey: Mapping[str, Any]) -> list[FieldError]:
    """Return everything that is wrong with a survey; nothing: it can be asked."""
    return list(_faults(survey))


def _faults(survey: Mapping[str, Any]) -> Iterator[FieldError]:
    keys = [one["key"] for one in survey["questions"]]
    languages = set(survey["titles"])
    if not languages:
        yield FieldError("/titles", "required", "A title in one language at least.")
    for place, question in enumerate(survey["questions"]):
        at = f"/questions/{place}"
        if keys.index(question["key"]) != place:
            yield FieldError(f"{at}/key", "duplicate", "This key is taken already.")
        yield from _faults_of_question(question, languages, at)
    yield from _faults_of_score(survey)


def _faults_of_question(question: Question, languages: set[str], at: str) -> Iterator[FieldError]:
    spoken = [(f"{at}/texts", question["texts"])]
    spoken += [
        (f"{at}/options/{place}/texts", option["texts"])
        for place, option in enumerate(question["options"])
    ]
    for where, texts in spoken:
        if set(texts) != languages:
            said = ", ".join(sorted(languages))
            yield FieldError(where, "languages", f"In the languages of the titles: {said}.")
    has_options = bool(question["options"])
    if has_options != (question["type"] in (CHOICE, SEVERAL)):
        yield FieldError(f"{at}/options", "options", "Go with choice and several, only with them.")
    codes = [option["code"] for option in question["options"]]
    if len(set(codes)) != len(codes):
        yield FieldError(f"{at}/options", "duplicate", "Two options have one code.")
    if question["type"] == SCALE and not question["from"] < question["to"]:
        yield FieldError(f"{at}/to", "scale", "A scale goes from less to more.")


def _faults_of_score(survey: Mapping[str, Any]) -> Iterator[FieldError]:
    wanted = SCALES.get(survey["kind"])
    scales = {one["key"]: one for one in survey["questions"] if one["type"] == SCALE}
    scored = scales.get(survey["score_key"] or "")
    if survey["score_key"] is not None and scored is None:
        yield FieldError("/score_key", "unknown-question", "The key of a question of type scale.")
    elif wanted is not None and (scored is None or (scored["from"], scored["to"]) != wanted):
        words = f"{survey['kind']} needs a scale from {wanted[0]} to {wanted[1]}."
        yield FieldError("/score_key", "scale", words)
    elif survey["low_score"] is not None and scored is None:
        yield FieldError("/low_score", "no-score", "Goes with a question that is the score.")


def shape_of(questions: Sequence[Question]) -> list[Any]:
    """Return what of questions must not change once somebody was asked: all but their words."""
    return [
        (one["key"], one["type"], one["from"], one["to"], [each["code"] for each in one["options"]])
        for one in questions
    ]


def read_answers(questions: Sequence[Question], said: Mapping[str, Sequence[str]]) -> Answered:
    """Return what a form says to questions; `faults` names, by question, what is wrong."""
    found = Answered()
    for question in questions:
        given = [one.strip() for one in said.get(question["key"], ()) if one.strip()]
        if not given:
            if question["required"]:
                found.faults[question["key"]] = "required"
            continue
        _READ[question["type"]](question, given, found)
    return found


def _read_scale(question: Question, given: Sequence[str], found: Answered) -> None:
    number = int(given[0]) if given[0].isascii() and given[0].isdigit() else None
    if number is None or not question["from"] <= number <= question["to"]:
        found.faults[question["key"]] = "invalid"
        return
    found.answers[question["key"]] = number


def _read_options(question: Question, given: Sequence[str], found: Answered) -> None:
    codes = {option["code"] for option in question["options"]}
    is_one = question["type"] == CHOICE
    if not codes.issuperset(given) or (is_one and len(given) > 1):
        found.faults[question["key"]] = "invalid"
        return
    found.answers[question["key"]] = given[0] if is_one else sorted(set(given))


def _read_text(question: Question, given: Sequence[str], found: Answered) -> None:
    text = given[0].replace("\0", "")
    if len(text) > LONGEST:
        found.faults[question["key"]] = "too-long"
        return
    found.words[question["key"]] = text


_READ = {SCALE: _read_scale, CHOICE: _read_options, SEVERAL: _read_options, TEXT: _read_text}


def score_of(score_key: str | None, answers: Mapping[str, Any]) -> Decimal | None:
    """Return what somebody gave in all; None: he did not say."""
    value = answers.get(score_key or "")
    return None if value is None else Decimal(value)
