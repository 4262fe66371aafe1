"""What notifications keeps of a way of selling as a file: templates and message rules."""
