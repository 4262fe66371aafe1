"""Consents: who may be reached by which channel for which purpose, since when, by whose word."""
