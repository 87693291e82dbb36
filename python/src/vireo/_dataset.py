# SPDX-License-Identifier: Apache-2.0
"""Datasets: versioned tables of samples.

What is changed is changed by a commit, which makes a version; every version can
be read for ever.  Small commits are one request, large ones are staged in parts.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import importlib
import json
import urllib.parse
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from . import _dataset_rows as rows
from . import _file_reference as files
from ._convert import foreign_kind
from ._errors import NotFoundError, UsageError, VireoError
from ._field_types import unmarked
from ._model import read_time, split_tag

if TYPE_CHECKING:
    from ._client import Vireo

PAGE = 5000
TIMEOUT_SECONDS = 300.0
PART_BYTES = 8 * 1024 * 1024
PART_SAMPLES = 20_000


class Sample:
    """One sample of a version.

    Attributes:
        id: its name in the dataset.
        input, expected: any value; files are `FileReference`s.
        metadata: a dict.
        split: "train", "test" ..., or None.
        number: stands for the distinct input; inferences and scores are kept by it.
        home: where the API has its dataset.
    """

    __slots__ = ("expected", "home", "id", "input", "metadata", "number", "split")

    def __init__(self, client: Vireo, item: Mapping[str, Any], home: str) -> None:
        self.home = home
        self.id = str(item["id"])
        self.number = int(item["number"])
        self.input = _revived(client, item["input"])
        self.expected = _revived(client, item["expected"])
        self.metadata: dict[str, Any] = _revived(client, item["metadata"])
        self.split: str | None = item["split"]

    def to_dict(self) -> dict[str, Any]:
        """As `Dataset.add` takes it."""
        return {"id": self.id, **{n: getattr(self, n) for n in ("input", "expected", "metadata", "split")}}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sample) and self.to_dict() == other.to_dict()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<Sample {self.id} {self.input!r:.60}>"


def _revived(client: Vireo, value: Any) -> Any:
    """A value of the server, with the numbers that JSON lacks and the files that it refers to."""
    if type(value) is list:
        return [_revived(client, v) for v in value]
    if type(value) is not dict:
        return value
    number = unmarked(value)
    if number is not value:
        return number
    described = files.described(value)
    if described is not None:
        return files.FileReference(client, described)
    return {k: _revived(client, v) for k, v in value.items()}


class Commit:
    """What made a version.

    Attributes:
        version: its number.
        created: when.
        by, message: what was said of it.
        added, changed, removed: how many samples it touched.
        samples: how many the version has.
    """

    def __init__(self, item: Mapping[str, Any]) -> None:
        self.version = int(item["version"])
        self.created: datetime.datetime | None = read_time(item["created_at"])
        self.by = str(item["by"])
        self.message = str(item["message"])
        self.added, self.changed, self.removed = (int(item[k]) for k in ("added", "changed", "removed"))
        self.samples = int(item["samples"])

    def __repr__(self) -> str:
        return f"<Commit v{self.version} +{self.added} ~{self.changed} -{self.removed} {self.message!r}>"


class Difference:
    """What two versions of a dataset differ in.

    Attributes:
        added: samples of the newer version that the older one has not.
        removed: samples of the older version that the newer one has not.
        changed: pairs (older, newer) of samples with one id that are not the same.
    """

    def __init__(self, client: Vireo, items: Iterable[Mapping[str, Any]], home: str) -> None:
        self.added: list[Sample] = []
        self.removed: list[Sample] = []
        self.changed: list[tuple[Sample, Sample]] = []
        for item in items:
            before = item["from"] and Sample(client, item["from"], home)
            after = item["to"] and Sample(client, item["to"], home)
            if before and after:
                self.changed.append((before, after))
            elif after:
                self.added.append(after)
            elif before:
                self.removed.append(before)

    def __repr__(self) -> str:
        return f"<Difference +{len(self.added)} ~{len(self.changed)} -{len(self.removed)}>"


class Dataset:
    """A versioned table of samples.  `Vireo.dataset` finds or makes one.

    What changes it makes a version, and returns the dataset, so that calls can be chained:

        dataset = vr.dataset("questions").add([{"input": "2 + 2", "expected": 4}])

    Iterating gives the samples; `len()` tells how many there are.

    Attributes:
        name: of the dataset.
        version: the newest that this object knows of; the one that it shows, after `at`.
        description, metadata, tags, id_fields: as the server has them.
    """

    def __init__(self, client: Vireo, described: Mapping[str, Any]) -> None:
        self._client = client
        self._pinned = False
        self._split: str | None = None
        self._fill(described)

    def _fill(self, described: Mapping[str, Any]) -> None:
        self.name = str(described["name"])
        self.version = int(described["version"])
        self.description = str(described["description"])
        self.metadata: dict[str, Any] = described["metadata"]
        self.tags: list[str] = described["tags"]
        self.id_fields: list[str] = described["id_fields"]

    # ------------------------------------------------------------ requests

    @property
    def _home(self) -> str:
        return _home_of(self.name)

    def _call(self, method: str, path: str = "", body: Any = None, **query: Any) -> Any:
        text = urllib.parse.urlencode({k: v for k, v in query.items() if v is not None})
        data = None if body is None else json.dumps(body, allow_nan=False).encode()
        full = self._home + path
        return self._client.request(method, f"{full}?{text}" if text else full, data, TIMEOUT_SECONDS)

    def _items(self, path: str, **query: Any) -> Iterator[Mapping[str, Any]]:
        cursor = None
        while True:
            answer = self._call("GET", path, **query, cursor=cursor)
            yield from answer["items"]
            cursor = answer["next_cursor"]
            if not cursor:
                return

    # ------------------------------------------------------------ changing

    def _keep(self, value: Any, name: str) -> Any:
        return files.keep(self._client, value, name) if files.is_kept(value) else None

    def _written(self, sample: Any, index: int) -> dict[str, Any]:
        """A sample as the server takes it."""
        where = f"samples[{index}]"
        if isinstance(sample, Sample):
            sample = sample.to_dict()
        if not isinstance(sample, Mapping):
            raise UsageError(f"{where}: must be a dict, not {type(sample).__name__}")
        if "input" not in sample and self.id_fields and all(f in sample for f in self.id_fields):
            sample = {"input": sample}
        unknown = [str(k) for k in sample if k not in rows.PARTS]
        if unknown or "input" not in sample:
            what = f"{unknown[0]!r} is none of {', '.join(rows.PARTS)}" if unknown else "has no input"
            raise UsageError(f"{where}: {what}")
        written = {str(k): rows.plain(v, self._keep, f"{where}.{k}") for k, v in sample.items() if v is not None}
        written.setdefault("input", None)
        if isinstance(written.get("id"), (int, float)):
            written["id"] = str(written["id"])
        return written

    def _parts(self, samples: Iterable[Any]) -> Iterator[bytes]:
        """The samples as JSON arrays of some megabytes each."""
        part: list[bytes] = []
        size = 0
        for i, sample in enumerate(samples):
            data = json.dumps(self._written(sample, i), separators=(",", ":"), allow_nan=False).encode()
            if part and (size + len(data) > PART_BYTES or len(part) == PART_SAMPLES):
                yield b"[" + b",".join(part) + b"]"
                part, size = [], 0
            part.append(data)
            size += len(data)
        if part:
            yield b"[" + b",".join(part) + b"]"

    def _stage(self, parts: Iterable[bytes]) -> int:
        stage = int(self._call("POST", "/stages", {})["stage"])
        path = f"{self._home}/stages/{stage}"
        try:
            for part in parts:
                self._client.request("POST", path, b'{"samples":' + part + b"}", TIMEOUT_SECONDS)
        except BaseException:
            with contextlib.suppress(VireoError):  # the first problem is the one to tell
                self._call("DELETE", f"/stages/{stage}")
            raise
        return stage

    def _must_show_all(self) -> None:
        """What shows an old version or one split is not what a commit changes."""
        if self._pinned or self._split is not None:
            raise UsageError(f"{self!r} only shows a part of the dataset; change vr.dataset({self.name!r})")

    def _commit(self, body: dict[str, Any], samples: Iterable[Any]) -> Dataset:
        self._must_show_all()
        parts = self._parts(samples)
        first, second = next(parts, None), next(parts, None)
        if first is None and not body.get("remove"):
            if body["mode"] == "replace":
                raise UsageError("there is nothing to replace the samples with; remove them by their ids")
            return self
        if second is None:
            head = json.dumps({k: v for k, v in body.items() if v is not None})
            data = head[:-1].encode() + b',"samples":' + (first or b"[]") + b"}"
            answer = self._client.request("POST", f"{self._home}/commits", data, TIMEOUT_SECONDS)
        else:
            assert first is not None
            body["stage"] = self._stage(part for some in ([first, second], parts) for part in some)
            answer = self._call("POST", "/commits", {k: v for k, v in body.items() if v is not None})
        self.version = int(answer["version"])
        return self

    def add(
        self,
        samples: Any,
        *,
        message: str | None = None,
        by: str | None = None,
        base_version: int | None = None,
    ) -> Dataset:
        """Add samples; one whose id is there already takes the place of the old one.

        Args:
            samples: dicts with "input" and, as wanted, "expected", "metadata", "split", "id"; `Sample`s; a
                pandas or Polars frame.  In a dataset with `id_fields`, a row that has them is an input.
                Images, frames, large arrays, bytes and `pathlib.Path`s are kept as files that the sample refers to.
            message, by: what to say of the commit, and who says it.
            base_version: refuse if another version is the newest.

        Raises:
            UsageError: a sample is wrong; it says which and why.
            ConflictError: another version is the newest.
        """
        body = {"mode": "upsert", "message": message, "by": by, "base_version": base_version}
        return self._commit(body, _iterable(samples))

    def replace(
        self,
        samples: Any,
        *,
        message: str | None = None,
        by: str | None = None,
        base_version: int | None = None,
    ) -> Dataset:
        """Let the dataset have these samples and no others; as `add` otherwise."""
        body = {"mode": "replace", "message": message, "by": by, "base_version": base_version}
        return self._commit(body, _iterable(samples))

    def remove(
        self,
        ids: str | Iterable[str | Sample],
        *,
        message: str | None = None,
        by: str | None = None,
        base_version: int | None = None,
    ) -> Dataset:
        """Remove samples by id; nothing for those that are not there."""
        names = [ids] if isinstance(ids, str) else [i.id if isinstance(i, Sample) else str(i) for i in ids]
        body = {"mode": "upsert", "message": message, "by": by, "base_version": base_version, "remove": names}
        return self._commit(body, ())

    def update(
        self,
        *,
        name: str | None = None,
        description: str | None = None,
        metadata: dict[str, Any] | None = None,
        tags: Sequence[str] | None = None,
    ) -> Dataset:
        """Rename or describe the dataset; that makes no version."""
        change = {"name": name, "description": description, "metadata": metadata, "tags": tags}
        described = self._call("PATCH", "", {k: v for k, v in change.items() if v is not None})
        version = self.version
        self._fill(described)
        if self._pinned:
            self.version = version
        return self

    def delete(self) -> None:
        """Delete the dataset with all its versions."""
        self._call("DELETE")

    def assign_splits(self, shares: Mapping[str, float], *, seed: int = 0, message: str | None = None) -> Dataset:
        """Divide the samples among splits, by a hash of their ids: what comes later does not move what was there.

        Args:
            shares: split to share, for example `{"train": 0.8, "test": 0.2}`; they are scaled to 1.
            seed: another one divides otherwise.
        """
        if not shares or min(shares.values()) < 0 or not sum(shares.values()) > 0:
            raise UsageError("shares: at least one, none of them negative, not all zero")
        total = sum(shares.values())

        def split_of(sample: Sample) -> str:
            digest = hashlib.sha256(f"{seed}:{sample.id}".encode()).digest()
            place = int.from_bytes(digest[:8], "big") / 2**64 * total
            for name, share in shares.items():
                place -= share
                if place < 0:
                    return name
            return next(reversed(list(shares)))

        changed = ({**s.to_dict(), "split": split_of(s)} for s in self.samples() if s.split != split_of(s))
        return self.add(changed, message=message or "Assign splits")

    # ------------------------------------------------------------ from elsewhere

    def _from(self, found: Iterable[rows.Row], columns: rows.Columns, replace: bool, message: str | None) -> Dataset:
        samples = (columns.sample(row, f"row {i}") for i, row in enumerate(found))
        return (self.replace if replace else self.add)(samples, message=message)

    def from_csv(
        self,
        path: rows.Path,
        *,
        input: str | Sequence[str] | None = None,
        expected: str | Sequence[str] | None = None,
        metadata: Sequence[str] = (),
        split: str | None = None,
        id: str | None = None,
        delimiter: str = ",",
        typed: bool = True,
        replace: bool = False,
        message: str | None = None,
    ) -> Dataset:
        """Add the rows of a CSV file with a header.

        Args:
            path: of the file, in UTF-8.
            input, expected: a column, or several, which become a dict.  Without any of these options,
                columns with the names of a sample's parts are those parts; else the whole row is the input.
            metadata: columns that become the metadata.
            split, id: columns.
            typed: whether cells are numbers, truth values (true, false) or JSON where they look so.  "007" and
                "1e5" stay text.  An empty cell is None.
            replace: whether other samples go.

        Raises:
            UsageError: the file is malformed, at which line, or a column is not there.
        """
        columns = rows.Columns(input, expected, metadata, split, id)
        return self._from(rows.csv_rows(path, delimiter, typed), columns, replace, message)

    def from_jsonl(
        self,
        path: rows.Path,
        *,
        input: str | Sequence[str] | None = None,
        expected: str | Sequence[str] | None = None,
        metadata: Sequence[str] = (),
        split: str | None = None,
        id: str | None = None,
        replace: bool = False,
        message: str | None = None,
    ) -> Dataset:
        """Add the objects of a file with one a line; as `from_csv` otherwise."""
        columns = rows.Columns(input, expected, metadata, split, id)
        return self._from(rows.jsonl_rows(path), columns, replace, message)

    def from_parquet(
        self,
        path: rows.Path,
        *,
        input: str | Sequence[str] | None = None,
        expected: str | Sequence[str] | None = None,
        metadata: Sequence[str] = (),
        split: str | None = None,
        id: str | None = None,
        replace: bool = False,
        message: str | None = None,
    ) -> Dataset:
        """Add the rows of a Parquet file, with PyArrow, Polars or pandas; as `from_csv` otherwise."""
        columns = rows.Columns(input, expected, metadata, split, id)
        return self._from(rows.parquet_rows(path), columns, replace, message)

    def from_pandas(
        self,
        frame: Any,
        *,
        input: str | Sequence[str] | None = None,
        expected: str | Sequence[str] | None = None,
        metadata: Sequence[str] = (),
        split: str | None = None,
        id: str | None = None,
        replace: bool = False,
        message: str | None = None,
    ) -> Dataset:
        """Add the rows of a pandas frame.

        What is missing is None, but a NaN in columns of floats.  As `from_csv` otherwise.
        """
        columns = rows.Columns(input, expected, metadata, split, id)
        return self._from(rows.pandas_rows(frame), columns, replace, message)

    def from_polars(
        self,
        frame: Any,
        *,
        input: str | Sequence[str] | None = None,
        expected: str | Sequence[str] | None = None,
        metadata: Sequence[str] = (),
        split: str | None = None,
        id: str | None = None,
        replace: bool = False,
        message: str | None = None,
    ) -> Dataset:
        """Add the rows of a Polars frame; as `from_csv` otherwise."""
        columns = rows.Columns(input, expected, metadata, split, id)
        return self._from(rows.polars_rows(frame), columns, replace, message)

    def from_traces(
        self,
        where: str | None = None,
        *,
        trace_ids: Sequence[str] | None = None,
        start: str | None = None,
        end: str | None = None,
        limit: int | None = None,
        expected: str | None = None,
        metadata_tags: Sequence[str] = (),
        split: str | None = None,
        message: str | None = None,
    ) -> Dataset:
        """Add the inputs of traces: what their root spans were called with.

        A sample that is there already, or has the same input, stays as it is.

        Args:
            where: a query such as 'model:summarizer tag.country:DE score.helpful<0.5'.
            trace_ids: these traces instead of all, at most 100.
            start, end: of the time in which they started, RFC 3339.
            limit: how many at most, the newest first; 1000.
            expected: "output" to take the output as the ground truth.
            metadata_tags: tags of the trace that become metadata, beside its id and model.
            split: of the new samples.
        """
        body = {
            "where": where,
            "trace_ids": trace_ids,
            "from": start,
            "to": end,
            "limit": limit,
            "expected": expected,
            "metadata_tags": list(metadata_tags),
            "split": split,
            "message": message,
        }
        self._must_show_all()
        answer = self._call("POST", "/from-traces", {k: v for k, v in body.items() if v is not None})
        self.version = int(answer["version"])
        return self

    # ------------------------------------------------------------ reading

    def _part(self) -> Dataset:
        other = Dataset.__new__(Dataset)
        other.__dict__.update(self.__dict__)
        return other

    def at(self, version: int | str) -> Dataset:
        """The dataset as it was in a version, 3 or "v3"; only to be read."""
        number = str(version).removeprefix("v")
        if not (number.isascii() and number.isdigit()):
            raise UsageError(f"a version is a number such as 3 or 'v3', not {version!r}")
        other = self._part()
        other.version = int(number)
        other._pinned = True
        return other

    def split(self, name: str) -> Dataset:
        """Only the samples of one split; only to be read."""
        other = self._part()
        other._split = name
        return other

    def splits(self) -> dict[str | None, int]:
        """How many samples each split of the newest version has."""
        return {s["split"]: int(s["count"]) for s in self._call("GET")["splits"]}

    @property
    def tag(self) -> str:
        """The version as text, for example "questions:v3"."""
        return f"{self.name}:v{self.version}"

    @property
    def split_name(self) -> str | None:
        """The split that this object shows; None: all samples."""
        return self._split

    def samples(
        self,
        version: int | str | None = None,
        split: str | None = None,
        *,
        scored: str | None = None,
        judge: str | None = None,
    ) -> Iterator[Sample]:
        """The samples in their order.

        Args:
            version: default the one of this object.
            split: only those of it.
            scored: only those with feedback ("any", "passed", "failed"), without ("none"), or with an "expectation".
            judge: with `scored`, only what this judge said counts.
        """
        wanted = self.version if version is None else version
        query = {"version": wanted, "split": self._split if split is None else split, "limit": PAGE}
        query.update(scored=scored, judge=judge)
        for item in self._items("/samples", **query):
            yield Sample(self._client, item, self._home)

    def sample(self, id: str, version: int | str | None = None) -> Sample:
        """One sample.

        Raises:
            NotFoundError: the version has none with that id.
        """
        path = f"/samples/{urllib.parse.quote(id, safe='')}"
        found = self._call("GET", path, version=self.version if version is None else version)
        return Sample(self._client, found, self._home)

    # ------------------------------------------------------------ scores

    def scores(
        self,
        sample: str | Sample | None = None,
        *,
        kind: str | None = None,
        judge: str | None = None,
        model: str | None = None,
        by: str | None = None,
    ) -> list[dict[str, Any]]:
        """What people and judges said of samples, whatever the version; `vr.score(sample, ...)` gives a score.

        Args:
            sample: only of this one.
            kind: "feedback" or "expectation".
            judge, by: only what they said.
            model: only of the answers of this version, "model:v1".

        Returns:
            As the API tells them: id, sample, number, model, outdated, kind, name, judge, source, by, value, passed,
            reason, expected, created_at, updated_at.
        """
        of = {"number": sample.number} if isinstance(sample, Sample) else {"sample": sample}
        found = self._items("/scores", **of, kind=kind, judge=judge, model=model, by=by, limit=PAGE)
        return [_revived(self._client, dict(item)) for item in found]

    def apply(self, score: Mapping[str, Any], *, message: str | None = None, by: str | None = None) -> Dataset:
        """Make an expectation the expected value of its sample, as a new version.

        Args:
            score: one of `scores(kind="expectation")`.
            message, by: what to say of the commit, and who says it; default the giver of the expectation.

        Raises:
            ConflictError: the sample is not in the newest version any more.
        """
        self._must_show_all()
        body = {k: v for k, v in {"message": message, "by": by}.items() if v is not None}
        self.version = int(self._call("POST", f"/scores/{int(score['id'])}/apply", body)["version"])
        return self

    def remove_score(self, score: Mapping[str, Any]) -> None:
        """Delete one of `scores()`."""
        self._call("DELETE", f"/scores/{int(score['id'])}")

    # ------------------------------------------------------------ reading

    def __iter__(self) -> Iterator[Sample]:
        return self.samples()

    def __len__(self) -> int:
        newest = self._call("GET")
        if int(newest["version"]) == self.version:
            counts = {s["split"]: int(s["count"]) for s in newest["splits"]}
            return int(newest["samples"]) if self._split is None else counts.get(self._split, 0)
        if self._split is None:
            return next((c.samples for c in self.commits() if c.version == self.version), 0)
        return sum(1 for _ in self.samples())  # of old versions only the commits' counts are kept

    def __bool__(self) -> bool:
        return True

    def commits(self) -> Iterator[Commit]:
        """What made each version, the newest first."""
        for item in self._items("/commits", limit=1000):
            yield Commit(item)

    def diff(self, older: int | str, newer: int | str | None = None) -> Difference:
        """What two versions differ in.

        Args:
            older: a version, 2 or "v2".
            newer: another; default the one of this object.
        """
        query = {"from": older, "to": self.version if newer is None else newer, "limit": 1000}
        return Difference(self._client, self._items("/diff", **query), self._home)

    def to_pandas(self, version: int | str | None = None, split: str | None = None) -> Any:
        """The samples as a pandas frame with the columns id, split, and, by parts and their members, `input.question`.

        A part that is no dict is a column of its own, `expected`.
        """
        pandas = importlib.import_module("pandas")
        found = []
        for sample in self.samples(version, split):
            row: dict[str, Any] = {"id": sample.id, "split": sample.split}
            for part in ("input", "expected", "metadata"):
                value = getattr(sample, part)
                if isinstance(value, dict):
                    row.update({f"{part}.{k}": v for k, v in value.items()})
                elif part != "expected" or value is not None:
                    row[part] = value
            found.append(row)
        return pandas.DataFrame(found, columns=None if found else ["id", "split", "input"])

    def __repr__(self) -> str:
        of_split = f" split {self._split!r}" if self._split is not None else ""
        return f"<Dataset {self.tag}{of_split}>"


def _home_of(name: str) -> str:
    return f"/datasets/{urllib.parse.quote(name, safe='')}"


def _iterable(samples: Any) -> Iterable[Any]:
    """Samples one after the other; of a frame, its rows."""
    kind = foreign_kind(type(samples))
    if kind is None and type(samples).__name__ == "LazyFrame":
        kind = ("polars", "DataFrame")
    if kind == ("pandas", "DataFrame"):
        return (rows.Columns().sample(row, f"row {i}") for i, row in enumerate(rows.pandas_rows(samples)))
    if kind == ("polars", "DataFrame"):
        return (rows.Columns().sample(row, f"row {i}") for i, row in enumerate(rows.polars_rows(samples)))
    if isinstance(samples, (Mapping, str, bytes)) or not isinstance(samples, Iterable):
        raise UsageError(f"samples must be a list of dicts, not {type(samples).__name__}")
    return samples


def open_dataset(
    client: Vireo,
    name: str,
    id_fields: Sequence[str] | None,
    description: str | None,
    metadata: dict[str, Any] | None,
    tags: Sequence[str] | None,
    create: bool,
) -> Dataset:
    """What `Vireo.dataset` does."""
    try:
        found = Dataset(client, client.request("GET", _home_of(name), None, TIMEOUT_SECONDS))
    except NotFoundError:
        plain_name, version = split_tag(name)
        if version is not None:
            return open_dataset(client, plain_name, id_fields, None, None, None, False).at(version)
        if not create:
            raise
    else:
        if id_fields is None or list(id_fields) == found.id_fields:
            return found
    body = {"name": name, "id_fields": id_fields, "description": description, "metadata": metadata, "tags": tags}
    data = json.dumps({k: v for k, v in body.items() if v is not None}).encode()
    return Dataset(client, client.request("POST", "/datasets", data, TIMEOUT_SECONDS))


def list_datasets(client: Vireo) -> Iterator[Dataset]:
    """What `Vireo.datasets` does."""
    cursor: str | None = ""
    while cursor is not None:
        answer = client.request("GET", f"/datasets?limit=1000&cursor={urllib.parse.quote(cursor)}", None)
        yield from (Dataset(client, item) for item in answer["items"])
        cursor = answer["next_cursor"]
