"""How many examples property-based tests try, and which.

``HYPOTHESIS_PROFILE=fuzz`` tries many, different ones each time.
"""

import os

from hypothesis import HealthCheck, settings

settings.register_profile("test", derandomize=True, deadline=None, max_examples=200)
settings.register_profile(
    "fuzz", deadline=None, max_examples=10_000, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "test"))
