"""Measure the speed of the production server under load: `task bench --help`, `docs/performance.md`."""
