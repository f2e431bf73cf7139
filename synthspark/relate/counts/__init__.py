"""Exact counts of keys and inclusions on tables too large for the driver."""
