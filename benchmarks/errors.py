"""What stops a run."""


class BenchmarkError(Exception):
    """Shown to the person at the terminal as one line."""
