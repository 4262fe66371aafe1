"""Who looked at, took out or changed what is sensitive: rows are only added."""
