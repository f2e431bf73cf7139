"""Real and synthetic databases side by side: scores, each beside what real data reach, and a page of them."""
