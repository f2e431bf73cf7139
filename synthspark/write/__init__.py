"""Spark DataFrames as tables of a run, in any of the formats that can be read."""
