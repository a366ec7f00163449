"""Threats of one's own: one file a threat, found by its place in this folder."""
