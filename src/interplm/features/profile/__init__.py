"""What is known of each feature besides its scores: statistics, examples, relatives."""
