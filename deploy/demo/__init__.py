"""The demo: a careless API behind a real Envoy with cors-authz, and two pages that call it.

``python -m deploy.demo`` runs it. Nothing in the product may import this package.
"""
