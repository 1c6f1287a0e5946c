"""The demonstration: things are made, marked, looked at by others, copied as the world does, recovered and scanned."""
