"""What kinds of segments there are."""

from typing import Final, Literal

STATIC: Final = "static"
BY_RULE: Final = "rule"
Kind = Literal["static", "rule"]
SegmentNoun = Literal["contact", "company"]
# Why somebody came or went, as events tell it.
Reason = Literal["hand", "rule", "erasure"]
