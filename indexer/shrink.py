"""How much smaller the live index may become unless shrinking is allowed."""

import math

LEAST_SHARE = 0.8
"""Of the live version's profiles that must stay."""


def least_profiles(profiles: int) -> int:
    """How many of so many live profiles must stay."""
    return math.ceil(LEAST_SHARE * profiles)
