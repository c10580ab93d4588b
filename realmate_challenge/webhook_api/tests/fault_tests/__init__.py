"""The service on its worst day: the real server in processes of its own, on a database of its own, and what goes wrong.

`docs/reliability.md` says what each of these tests proves, and how to run the long ones for longer.
"""
