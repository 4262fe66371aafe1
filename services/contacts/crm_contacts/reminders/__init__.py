"""What is due is called to mind in time, and taken to the head when it is left undone."""
