"""Tables that are too large for one place: summarised by native aggregates, fitted shard by shard in the workers."""
