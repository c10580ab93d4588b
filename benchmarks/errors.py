class BenchmarkError(Exception):
    """The benchmark cannot run; the message is one line for the terminal."""
