"""PostgreSQL and NATS as child processes, from wheels, without root rights or containers."""
