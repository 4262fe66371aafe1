"""The command line tool: knows the services only as programs and URLs."""
