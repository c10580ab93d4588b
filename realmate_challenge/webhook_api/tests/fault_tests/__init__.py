"""Tests that kill the server, stop its database or stall its clients; see `docs/reliability.md`."""
