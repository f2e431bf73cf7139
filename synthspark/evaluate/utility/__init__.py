"""What can be learned from the copy: trained on synthetic rows, tested on real ones, beside trained on real rows."""
