"""Alembic migrations of the registry; `database.open_database` runs them."""
