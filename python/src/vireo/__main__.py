# SPDX-License-Identifier: Apache-2.0
"""`python -m vireo` is the command `vireo`."""

from ._server import main

main()
