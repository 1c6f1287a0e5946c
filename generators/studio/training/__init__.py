"""Scripts that make the data set of the embedded picture model and train it from nothing."""
