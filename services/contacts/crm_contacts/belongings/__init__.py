"""What somebody owns, whatever noun it is."""
