"""The server: transport, health, drain. What it serves is ``bytes -> bytes``."""
