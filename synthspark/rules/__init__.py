"""Business rules counted: how many rows a rule speaks of and how many break it, on Arrow tables and on Spark."""
