"""The database side of the toolbox."""
