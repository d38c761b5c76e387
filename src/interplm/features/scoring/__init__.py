"""Features as detectors of concepts: counted, chosen on validation proteins, measured on others."""
