"""Bodies of the inputs."""
