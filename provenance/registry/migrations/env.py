"""Runs the migrations on the connection that `database.migrate` hands over, inside its transaction."""

from alembic import context

from indicia.provenance.registry.tables import VERSION_TABLE, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    transactional_ddl=True,
)
context.run_migrations()
