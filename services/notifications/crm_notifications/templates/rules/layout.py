"""The frame of an HTML letter: what a template says stands in it, readable by day and by night."""

import re
from html import escape

from crm_notifications.templates.rules import Text

PREHEADER = 120
WHOLE = re.compile(r"<(?:!doctype|html|body)\b", re.IGNORECASE)
# why the letter came, and what to press; other languages fall back to English
WAY_OUT = {
    "en": ("You get this letter because you agreed to letters like it.", "Unsubscribe"),
    "uk": ("Ви отримали цього листа, бо погодилися на такі листи.", "Відписатися"),
    "ru": ("Вы получили это письмо, потому что согласились на такие письма.", "Отписаться"),
}
FONT = "-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif"
# styles stand inline: many mail programs read nothing else; dark ones read the block
STYLE = """\
:root{color-scheme:light dark;supported-color-schemes:light dark}
img{max-width:100%;height:auto;border:0}
.sheet p{margin:0 0 16px}.sheet h1,.sheet h2{line-height:1.25;margin:0 0 16px}
.sheet a{color:#1a56c4}.sheet table{border-collapse:collapse}
.sheet td{padding:2px 0}.sheet>:last-child{margin-bottom:0}
@media (max-width:640px){.sheet{padding:24px 20px!important;border-radius:0!important}
.edge{padding:0!important}.foot{padding:16px 20px!important}}
@media (prefers-color-scheme:dark){.ground{background:#121417!important}
.sheet{background:#1d2026!important;color:#e8eaed!important}
.sheet a{color:#8ab4f8!important}.foot,.foot a{color:#9aa0a6!important}}"""


def framed(said: Text, language: str, way_out: str | None) -> str | None:
    """Put a template's words into a whole letter: width, fonts, dark colours, a first line for
    lists of letters, and the way out where the words do not name it. A whole page stays as it is.
    """
    html = said.html
    if html is None or WHOLE.search(html):
        return html
    foot = "" if way_out is None or escape(way_out) in html or way_out in html else way_out
    return (
        f'<!DOCTYPE html>\n<html lang="{escape(language)}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{escape(said.subject)}</title><style>{STYLE}</style></head>"
        '<body class="ground" style="margin:0;padding:0;background:#f3f4f6">'
        f"{_preheader(said.text)}"
        '<table role="presentation" width="100%" cellpadding="0" cellspacing="0"><tr>'
        '<td class="edge" align="center" style="padding:32px 12px">'
        '<table role="presentation" width="600" cellpadding="0" cellspacing="0" '
        'style="width:100%;max-width:600px"><tr><td class="sheet" align="left" '
        'style="padding:32px;border-radius:8px;background:#ffffff;color:#1f2328;'
        f'font:16px/1.55 {FONT};word-break:break-word">\n{html}\n</td></tr>'
        f"{_foot(foot, language)}</table></td></tr></table></body></html>"
    )


def _preheader(text: str) -> str:
    """Return what lists of letters show beside the subject; without it they show a link."""
    line = " ".join(text.split())[:PREHEADER]
    hidden = "display:none;max-height:0;overflow:hidden;mso-hide:all"
    return f'<div style="{hidden}">{escape(line)}</div>'


def _foot(way_out: str, language: str) -> str:
    if not way_out:
        return ""
    why, press = WAY_OUT.get(language, WAY_OUT["en"])
    return (
        '<tr><td class="foot" align="left" style="padding:16px 32px;color:#5b6270;'
        f'font:13px/1.5 {FONT}">{why} <a href="{escape(way_out)}" '
        f'style="color:#5b6270">{press}</a></td></tr>'
    )
