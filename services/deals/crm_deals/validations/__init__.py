"""Rules that forbid a change of a deal, and say why."""
