# SPDX-License-Identifier: Apache-2.0
"""Kolena's ready-made workflows."""
