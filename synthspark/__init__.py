"""Synthetic copies of relational databases, made with Spark."""

__version__ = "0.1.0"
