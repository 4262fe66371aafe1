"""Loads the fixtures every member's tests share."""

pytest_plugins = ["crm_shared.testing.plugin"]
