"""Source tables as Spark DataFrames: where they are, what can be wrong with them."""
