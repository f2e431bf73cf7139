"""Generate the tables of a database from their models, parents before children, referentially intact."""
