# SPDX-License-Identifier: Apache-2.0
"""Files and pictures that a sample refers to: kept once by their content, read when they are needed.

In the JSON of a sample one is `{"reference": {"name", "media_type", "size", "sha256", ...}}`.
"""

from __future__ import annotations

import io
import json
import mimetypes
import pathlib
from typing import TYPE_CHECKING, Any

from . import _references
from ._convert import foreign_kind

if TYPE_CHECKING:
    from ._client import Vireo

KEY = "reference"
TIMEOUT_SECONDS = 120.0
_OK = 0  # of enum vireo_status
_KEPT = {("PIL", "Image"), ("pandas", "DataFrame"), ("polars", "DataFrame")}
ARRAY_VALUES_MAX = 4096  # larger arrays are kept as files


class FileReference:
    """A file that a sample refers to.

    Attributes:
        name: its name.
        media_type: what it is, for example "image/png".
        size: bytes.
        sha256: of the bytes.
        meta: what is known of it, for example `{"width": 640, "height": 480}`.
    """

    def __init__(self, client: Vireo, described: dict[str, Any]) -> None:
        self._client = client
        self.name = str(described.get("name", ""))
        self.media_type = str(described.get("media_type", "application/octet-stream"))
        self.size = int(described.get("size", 0))
        self.sha256 = str(described["sha256"])
        self.meta: dict[str, Any] = dict(described.get("meta") or {})
        self._described = described

    def read(self) -> bytes:
        """The bytes.

        Raises:
            NotFoundError: the server does not have them.
        """
        return get_blob(self._client, self.sha256)

    def load(self) -> Any:
        """What was put in: a PIL image, a NumPy array, a text, plain JSON values, else the bytes."""
        data = self.read()
        if self.media_type.startswith("image/"):
            from PIL import Image

            return Image.open(io.BytesIO(data))
        if self.media_type == "application/x-npy":
            import numpy as np

            return np.load(io.BytesIO(data), allow_pickle=False)
        if self.media_type.startswith("text/"):
            return data.decode("utf-8", "replace")
        if self.media_type == "application/json" or self.media_type.endswith("+json"):
            return json.loads(data)
        return data

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FileReference) and self.sha256 == other.sha256

    def __hash__(self) -> int:
        return hash(self.sha256)

    def __repr__(self) -> str:
        return f"<FileReference {self.name!r} {self.media_type} {self.size} bytes>"


def get_blob(client: Vireo, sha256: str) -> bytes:
    """The bytes with that hash."""
    status, http, answer = client._client.request("GET", f"/blobs/{sha256}", None, TIMEOUT_SECONDS)
    if status == _OK:
        return answer
    raise client._refusal(status, http, answer, f"GET /blobs/{sha256}")


def put_blob(client: Vireo, media_type: str, data: bytes) -> str:
    """Keep bytes on the server; their hash."""
    status, http, answer, sha256 = client._client.put_blob(media_type, data, TIMEOUT_SECONDS)
    if status != _OK:
        raise client._refusal(status, http, answer.encode(), "PUT /blobs")
    return str(sha256)


def is_kept(value: Any) -> bool:
    """Whether a sample refers to such a value instead of holding it: files, bytes, pictures, frames, large arrays."""
    if isinstance(value, (pathlib.PurePath, bytes, bytearray, memoryview)):
        return True
    kind = foreign_kind(type(value))
    if kind == ("numpy", "ndarray"):
        return bool(value.size > ARRAY_VALUES_MAX or value.dtype.hasobject)
    return kind in _KEPT or _references._is_figure(type(value))


def _encoded(value: Any) -> tuple[str, _references.Encoded]:
    if isinstance(value, pathlib.PurePath):
        data = pathlib.Path(value).read_bytes()
        encoded = _references.prepare(data).encode()
        guessed = mimetypes.guess_type(value.name)[0]
        if guessed and encoded.media_type == "application/octet-stream":
            encoded = encoded._replace(media_type=guessed)
        return value.name, encoded
    return "", _references.prepare(value).encode()


def keep(client: Vireo, value: Any, name: str) -> dict[str, Any]:
    """Send the value's bytes; what stands for it in a sample.

    Raises:
        OSError: a file cannot be read.
    """
    own_name, encoded = _encoded(value)
    described: dict[str, Any] = {
        "name": own_name or name,
        "media_type": encoded.media_type,
        "size": len(encoded.data),
        "sha256": put_blob(client, encoded.media_type, encoded.data),
    }
    if encoded.thumb is not None:
        described.update(thumb=put_blob(client, "image/png", encoded.thumb), thumb_type="image/png")
    if encoded.meta:
        described["meta"] = encoded.meta
    return {KEY: described}


def described(value: dict[str, Any]) -> dict[str, Any] | None:
    """What a JSON object says of a file, if it stands for one."""
    if len(value) != 1:
        return None
    inner = value.get(KEY)
    return inner if isinstance(inner, dict) and isinstance(inner.get("sha256"), str) else None
