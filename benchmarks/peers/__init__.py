"""Other ways to build the service: the same answers to valid requests, on the same tables."""
