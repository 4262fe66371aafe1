"""What becomes of everything that somebody owned who leaves."""
