"""The in-app inbox: who of the staff is told what, what they watch, what they have read."""
