"""What the copy tells of the people in the source: copies, closeness, membership, attacks, rare values, names."""
