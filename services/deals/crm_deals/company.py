"""What endpoints take from the company's settings."""

from typing import Annotated

from fastapi import Depends, Request

from crm_shared.http.exchange import exchange_of


def _currency(request: Request) -> str:
    return exchange_of(request).resources.settings.currency


CompanyCurrency = Annotated[str, Depends(_currency)]
