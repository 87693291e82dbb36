# SPDX-License-Identifier: Apache-2.0
"""Kolena's other name for `kolena.io`."""

from ..io import dataframe_from_csv, dataframe_from_json, dataframe_to_csv

__all__ = ["dataframe_from_csv", "dataframe_from_json", "dataframe_to_csv"]
