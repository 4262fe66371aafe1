"""What the services say, event by event: written from their contracts."""
