"""Exact copies on all rows, counted where the data are."""
