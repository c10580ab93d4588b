"""What else one could build: the same wire behaviour on the happy path, on the same tables."""
