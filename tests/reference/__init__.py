"""A second, naive implementation of the decision, and what generates its inputs."""
