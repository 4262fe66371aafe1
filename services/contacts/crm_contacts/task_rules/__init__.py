"""Tasks that an event asks for."""
