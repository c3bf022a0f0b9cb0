"""What runs cors-authz somewhere: Envoy's configuration and the demo."""
