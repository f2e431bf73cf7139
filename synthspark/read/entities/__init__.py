"""Things that the source names but holds no table of."""
