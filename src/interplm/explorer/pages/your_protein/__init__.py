"""What the model sees in a sequence that a visitor brings."""
