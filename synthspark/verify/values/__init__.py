"""Values of columns in a form that can be compared and counted without showing them."""
