"""Judges assets, generation pipelines and records by dated packs of law and good practice."""
