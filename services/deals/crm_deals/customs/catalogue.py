"""Custom fields and views as this process knows them."""

from crm_deals.customs.models import CustomField, DefaultView, SavedView
from crm_shared.nouns.book import FieldBook
from crm_shared.nouns.shelf import ViewShelf

BOOK = FieldBook(CustomField)
SHELF = ViewShelf(SavedView, DefaultView)
