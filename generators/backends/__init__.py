"""generators/backends."""
