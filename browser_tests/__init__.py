"""The pages as people see them: the real server, and Chromium driven by Playwright. `task browser` runs these.

A folder of its own, for the gate does without a browser. `task screenshots` makes the pictures of `docs/images/` anew.
"""
