"""Every number the documentation states, reproducible by one command each."""
