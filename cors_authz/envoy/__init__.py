"""Envoy's own configuration, on the types of ``envoy-data-plane``: what writes and reads it.

Nothing that serves may import this room: its types take a second to load.
"""
