# SPDX-License-Identifier: Apache-2.0
"""Programs written for other products run with only their import lines changed."""
