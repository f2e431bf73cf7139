"""One side of a table: `on_spark`."""
