"""Reads an Envoy's configuration and names what would break or weaken CORS there.

Every claim that a check makes was seen on Envoy 1.40. Nothing here writes a configuration.
"""
