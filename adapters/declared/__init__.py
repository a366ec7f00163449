"""Adapters that are declared in YAML instead of written in Python."""
