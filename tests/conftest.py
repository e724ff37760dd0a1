"""Settings for all tests. Being here, it also lets them import `helpers` and `oracles`."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# The same examples each time: a test that fails, fails for whoever runs it.
settings.register_profile(
    "userops", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("userops")
