"""Text made comparable across scripts and spellings."""
