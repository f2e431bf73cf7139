"""Columns with fields of their own, taken apart when read and put together when written."""
