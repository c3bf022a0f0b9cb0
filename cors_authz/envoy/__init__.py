"""Envoy configuration: what is written for an Envoy, and what is wrong with somebody's."""
