"""Mailings: one letter to everybody in a segment, in one or two versions, each person once."""
