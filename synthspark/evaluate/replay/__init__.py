"""The same queries on both databases, and how far apart their answers are."""
