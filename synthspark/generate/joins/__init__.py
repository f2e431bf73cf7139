"""What a worker cannot know: keys of large parents, references of a table to itself, repeated keys."""
