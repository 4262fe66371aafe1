"""Imports of users, teams, companies and contacts."""
