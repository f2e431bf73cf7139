"""What a stage hands on to the next: frozen types that check themselves, each with one written form."""
