"""Groups of clients: chosen by hand, or by a rule that is kept true."""
