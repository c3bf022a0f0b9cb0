"""Pages in a real browser against Envoy and the sidecar; one world for all tests in here."""
