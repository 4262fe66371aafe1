"""What contacts keeps of a way of selling as a file: task rules."""
