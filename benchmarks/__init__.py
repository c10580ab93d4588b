"""Speed, measured on the real server under real load: `task bench --help`; what it means: `docs/performance.md`."""
