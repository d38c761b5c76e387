"""What is known of an SAE's features: statistics, concepts, examples, and their database."""
