"""Real values that turn up in the copy, counted where the data are."""
