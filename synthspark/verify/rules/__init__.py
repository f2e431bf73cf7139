"""Approved business rules, counted on the written rows and judged."""
