# SPDX-License-Identifier: Apache-2.0
"""`bighummingbird.judge`: judges under their other name."""

from ...judge import Judge

__all__ = ["Judge"]
