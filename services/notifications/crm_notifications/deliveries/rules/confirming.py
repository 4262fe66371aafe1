"""The letter of the double opt-in: whoever left an address in a web form confirms that it is his.

Its words are our own and name nobody: a form must not carry a stranger's words to a third person.
"""

from datetime import datetime
from html import escape

from crm_notifications.channels.rules import Letter
from crm_notifications.deliveries.rules.composing import Hindrance, Known
from crm_notifications.deliveries.rules.links import Row
from crm_notifications.messages.rules import RECIPIENT_UNKNOWN, Step
from crm_notifications.templates.rules import Text, choose
from crm_notifications.templates.rules.layout import framed

# what it is about, what happened, what to press, and what becomes of it without that
WORDS = {
    "en": (
        "Please confirm your e-mail address",
        "This address was left in a form on our website. If it was you, please confirm it.",
        "Confirm the address",
        "The link works for seven days. If it was not you, ignore this letter.",
    ),
    "uk": (
        "Підтвердьте, будь ласка, вашу адресу",
        "Цю адресу залишили у формі на нашому сайті. Якщо це були ви, підтвердьте її.",
        "Підтвердити адресу",
        "Посилання діє сім днів. Якщо це були не ви, просто не зважайте на цей лист.",
    ),
    "ru": (
        "Подтвердите, пожалуйста, ваш адрес",
        "Этот адрес оставили в форме на нашем сайте. Если это были вы, подтвердите его.",
        "Подтвердить адрес",
        "Ссылка действует семь дней. Если это были не вы, просто не обращайте внимания на письмо.",
    ),
}


def confirmation(message: Row, known: Known, now: datetime) -> Letter | Hindrance:
    """Make the letter with the link, once the lead's address is known."""
    lead = known.label("lead", message["recipient_id"])
    if lead is None:
        return Hindrance(Step.WAIT, RECIPIENT_UNKNOWN)
    # he may have found the link elsewhere while the mail server was away
    if not lead.get("awaits_confirmation", True):
        return Hindrance(Step.CANCEL, "confirmed")
    if not lead.get("email"):
        return Hindrance(Step.CANCEL, "address-missing")
    if known.links is None:
        return Hindrance(Step.REFUSE, "links-not-configured")
    url = known.links.confirmation(message)
    texts = {language: _text(language, url) for language in WORDS}
    language, said = choose(texts, lead.get("language"), known.languages)
    return Letter(
        id=message["id"],
        to_name="",
        to_address=str(lead["email"]),
        subject=said.subject,
        text=said.text,
        html=framed(said, language, None),
        language=language,
        written_at=now,
        resent=message["resent"],
    )


def _text(language: str, url: str) -> Text:
    subject, what, press, otherwise = WORDS[language]
    link = f'<a href="{escape(url)}">{press}</a>'
    return Text(
        subject=subject,
        text=f"{what}\n\n{press}: {url}\n\n{otherwise}\n",
        html=f"<p>{what}</p><p>{link}</p><p>{otherwise}</p>",
    )
