"""The deal card: everything this service knows of one deal, in one call."""
