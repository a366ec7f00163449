"""The expected answers: one file a section of the guide."""
