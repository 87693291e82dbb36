# SPDX-License-Identifier: Apache-2.0
"""Trace every inference, know every model version.

from vireo import Vireo

vr = Vireo("Concept Project")

@vr.trace
def model(input_a, input_b):
    return input_a + input_b

model(1, 2)
vr.version_of(model)        # "model:v1"
"""

from ._client import Vireo
from ._dataset import Dataset, Sample
from ._errors import ConflictError, LoadError, NotFoundError, RefusedError, UnreachableError, VireoError
from ._file_reference import FileReference
from ._model import ModelVersion
from ._span import Span

__version__ = "0.1.0"

__all__ = [
    "ConflictError",
    "Dataset",
    "FileReference",
    "LoadError",
    "ModelVersion",
    "NotFoundError",
    "RefusedError",
    "Sample",
    "Span",
    "UnreachableError",
    "Vireo",
    "VireoError",
    "__version__",
]
