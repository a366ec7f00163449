"""Self-tests against published versions of real products, installed and started here."""
