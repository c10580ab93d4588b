"""A peer: FastAPI, Pydantic and SQLAlchemy 2 (async) on asyncpg, as somebody who knows them writes it."""
