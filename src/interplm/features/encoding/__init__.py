"""From stored activations or a sequence to feature values."""
