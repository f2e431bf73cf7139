"""DataFrames -> DatabaseProfile and sketches: aggregates of every column, in at most two passes over a table."""
