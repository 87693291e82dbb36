# SPDX-License-Identifier: Apache-2.0
"""Kolena's names: programs that were written for it run with other import lines.

from vireo.compat.kolena.workflow import define_workflow, test, Image
from vireo.compat.kolena.workflow.annotation import BoundingBox

`initialize` is not needed; the server is that of VIREO_URL, the project that of VIREO_PROJECT.
"""

from __future__ import annotations

import os
import warnings
from typing import Any

from ..._client import Vireo
from ...workflow import connect
from . import errors


def initialize(*args: str, api_token: str | None = None, verbose: bool = True, **_: Any) -> None:
    """Connect.

    Args:
        api_token: default KOLENA_TOKEN, else VIREO_API_KEY.  A server without accounts needs none.
        verbose: whether to say where to.
    """
    if len(args) > 1:
        warnings.warn("initialize(entity, token) is deprecated: give the token alone", DeprecationWarning, stacklevel=2)
    token = api_token or (args[-1] if args else None) or os.environ.get("KOLENA_TOKEN")
    client = connect(Vireo(api_key=token))
    if verbose:
        print(f"connected to the project {client.project!r}")


__all__ = ["errors", "initialize"]
