"""Figures of each customer, told to the other services when they change."""
