"""The street: events from the outbox of one service to the inbox of another."""
