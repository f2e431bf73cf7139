"""Tables that are too large for one place: summarised by native aggregates and bounded samples."""
