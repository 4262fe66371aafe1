"""Importing: files of rows become a service's nouns, whichever nouns those are."""
