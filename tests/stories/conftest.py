"""The same app on the same kind of database as the tests of the API have."""

from tests.api.conftest import app, database_url, dist, engine, var

__all__ = ["app", "database_url", "dist", "engine", "var"]
