"""What this service knows of a client or a manager, in one answer each."""
