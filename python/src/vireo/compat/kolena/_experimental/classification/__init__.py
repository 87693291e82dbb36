# SPDX-License-Identifier: Apache-2.0
"""Kolena's name for `vireo.workflow.classification`."""
