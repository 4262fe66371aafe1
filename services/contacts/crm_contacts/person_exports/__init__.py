"""Everything that is kept of a person in all services, to be handed to him."""
