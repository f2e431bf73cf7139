"""The training rows of a large table, dealt out to shards, each fitted as one group."""
