"""One file a migration, oldest first. A migration that has been released never changes."""
