"""What currencies were worth."""
