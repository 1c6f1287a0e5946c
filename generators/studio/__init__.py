"""The embedded models: a small text-to-image model of our own, and a small language model that is fetched once."""
