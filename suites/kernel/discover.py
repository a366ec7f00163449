"""Finds every declaration: the guide, the moves, and the threats of one's own."""

import importlib
import pkgutil

ROOMS = ("suites.guide", "suites.machines", "suites.threats")


def discover() -> None:
    """Import all declarations, so that the registries are complete."""
    for room in ROOMS:
        package = importlib.import_module(room)
        for found in pkgutil.iter_modules(package.__path__):
            importlib.import_module(f"{room}.{found.name}")
