"""Floods with Locust: what each of its processes does, and how they are started and stopped."""
