"""What every noun of configuration shares: written, changed and removed with one event each."""
