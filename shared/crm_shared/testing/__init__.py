"""What tests are made of: real servers, cloned databases, several services in one process."""
