"""The call log: who rang whom, and whether anybody answered."""
