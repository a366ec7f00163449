"""What people and attackers do; no expected answers here."""
