"""Tables that are too large for one place, made block by block in the workers."""
