"""What inputs mean, and how they are spread over days."""
