"""Proposal and decisions → the schema in force: what a person approved, rejected, corrected or added."""
