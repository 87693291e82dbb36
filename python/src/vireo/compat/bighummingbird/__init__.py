# SPDX-License-Identifier: Apache-2.0
"""BigHummingbird's names.

from vireo.compat.bighummingbird import BigHummingbird

bhb = BigHummingbird("Concept Project", API_KEY)

@bhb.trace
def model(input_a, input_b):
    return input_a + input_b
"""

from ..._client import Vireo


class BigHummingbird(Vireo):
    """`Vireo` under its other name: the same arguments and methods."""


__all__ = ["BigHummingbird"]
