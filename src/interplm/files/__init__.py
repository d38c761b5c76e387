"""Files on disk: written whole or not at all, identified by checksum, downloaded with resume."""
