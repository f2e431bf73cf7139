"""Fit one model per table: its columns, its keys, its references, and the number of rows a parent has."""
