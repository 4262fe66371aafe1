"""Surveys: what clients are asked, by a link of their own, and what they answered."""
