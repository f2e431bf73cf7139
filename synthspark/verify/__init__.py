"""The integrity gate: what must hold of the written data, measured on all of its rows."""
