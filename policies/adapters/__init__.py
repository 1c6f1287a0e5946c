"""Rules in other languages over the same facts; each is an optional extra, and none is part of the engine."""
