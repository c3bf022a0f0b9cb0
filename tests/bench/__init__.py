"""Measures the product beside servers that do nothing; ``make bench`` runs it."""
