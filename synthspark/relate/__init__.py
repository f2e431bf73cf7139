"""DatabaseProfile and sketches -> proposed keys and relationships, each with its evidence."""
