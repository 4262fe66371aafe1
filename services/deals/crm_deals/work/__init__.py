"""What is known here of the tasks, calls and activities around deals."""
