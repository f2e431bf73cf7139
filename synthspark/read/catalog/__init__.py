"""What the catalog of a source says of its tables, beside their rows: constraints, comments, tags."""
