# SPDX-License-Identifier: Apache-2.0
"""Our Parquet against the readers and writers that users have: pyarrow, DuckDB and Polars.

The C program parquet_tool stands for Vireo: `copy` reads a file with our reader
and writes it with our writer, `print` shows what our reader sees.
"""

import datetime
import json
import math
import os
import pathlib
import random
import subprocess
from collections.abc import Callable
from typing import Any

import duckdb
import polars
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = pathlib.Path(os.environ.get("VIREO_BUILD", ROOT / "build"))
TOOL = BUILD / "parquet_tool"
GOLDEN = ROOT / "tests" / "golden" / "parquet"
ROWS = 20_000


@pytest.fixture(scope="session", autouse=True)
def _built() -> None:
    """In the place of conftest's, since no server is needed here."""
    assert TOOL.is_file(), f"{TOOL} is missing: build it, or say where the build is with VIREO_BUILD"


def tool(*args: object) -> str:
    done = subprocess.run([TOOL, *map(str, args)], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, f"parquet_tool {args}: {done.stderr}"
    return done.stdout


def some_null(rng: random.Random, share: float, make: Callable[[int], Any], rows: int = ROWS) -> list[Any]:
    return [None if rng.random() < share else make(i) for i in range(rows)]


EDGE_DOUBLES = [0.0, -0.0, math.inf, -math.inf, 5e-324, 1.7976931348623157e308]
TEXTS = ["ok", "error", "", "größer", "日本語", "𝄞 clef", "a" * 200, "\x00 nul", 'quote " and \\']


def base_table(seed: int = 1, rows: int = ROWS) -> pa.Table:
    """Every vector type of ours, in the shapes that choose different encodings."""
    rng = random.Random(seed)
    start = 1_700_000_000_000_000_000
    ids = [rng.randbytes(16) for _ in range(rows // 5 + 1)]
    columns: dict[str, tuple[pa.DataType, list[Any], bool]] = {
        "trace_id": (pa.binary(16), [ids[i // 5] for i in range(rows)], False),
        "span_id": (pa.binary(8), [rng.randbytes(8) for _ in range(rows)], False),
        "start": (pa.timestamp("ns", "UTC"), [start + i * 1_000_003 for i in range(rows)], False),
        "ended": (pa.timestamp("ns", "UTC"), some_null(rng, 0.1, lambda i: start - i, rows), True),
        "count": (pa.int64(), [rng.randrange(10) for _ in range(rows)], False),
        "any_int": (pa.int64(), some_null(rng, 0.3, lambda i: rng.randrange(-(2**63), 2**63), rows), True),
        "ratio": (pa.float64(), some_null(rng, 0.2, lambda i: rng.gauss(0, 1), rows), True),
        "edges": (pa.float64(), [EDGE_DOUBLES[i % 6] for i in range(rows)], False),
        "flag": (pa.bool_(), some_null(rng, 0.5, lambda i: rng.random() < 0.5, rows), True),
        "sure": (pa.bool_(), [i % 3 == 0 for i in range(rows)], False),
        "status": (pa.string(), some_null(rng, 0.05, lambda i: rng.choice(TEXTS), rows), True),
        "preview": (pa.string(), some_null(rng, 0.2, lambda i: f"{rng.choice(TEXTS)} {i}", rows), True),
        "long": (pa.string(), some_null(rng, 0.9, lambda i: f"{i} " * rng.randrange(3000), rows), True),
        "blob": (pa.binary(), some_null(rng, 0.2, lambda i: rng.randbytes(rng.randrange(12)), rows), True),
        "never": (pa.string(), [None] * rows, True),
        "never_int": (pa.int64(), [None] * rows, True),
        "rare": (pa.string(), some_null(rng, 0.999, lambda i: f"value {i}", rows), True),
        "same": (pa.string(), ["always"] * rows, False),
    }
    fields = [pa.field(n, t, nullable=nullable) for n, (t, _, nullable) in columns.items()]
    arrays = [pa.array(v, t) for t, v, _ in columns.values()]
    return pa.table(arrays, schema=pa.schema(fields))


def ours(table: pa.Table, folder: pathlib.Path, *options: object) -> pathlib.Path:
    """The table, written by our writer."""
    source, target = folder / "source.parquet", folder / "ours.parquet"
    pq.write_table(table, source)
    tool("copy", source, target, *options)
    tool("verify", target)
    return target


@pytest.fixture(scope="module")
def table() -> pa.Table:
    return base_table()


@pytest.fixture(scope="module")
def our_file(table: pa.Table, tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    options = ["--group", 7000, "--bloom", "trace_id", "--bloom", "span_id", "--bloom", "status", "--large", "long"]
    return ours(table, tmp_path_factory.mktemp("ours"), *options)


# ------------------------------------------------------------------ our files, other readers


def test_pyarrow_reads_our_file_equal_with_types_and_nullability(table: pa.Table, our_file: pathlib.Path) -> None:
    got = pq.read_table(our_file, page_checksum_verification=True)
    assert got.schema.remove_metadata() == table.schema
    got.validate(full=True)
    for name in table.column_names:
        assert got[name].combine_chunks() == table[name].combine_chunks(), name
    assert str(got["edges"].to_pylist()[:6]) == str(EDGE_DOUBLES)  # the sign of zero


def test_pyarrow_reads_single_rows_through_filters(table: pa.Table, our_file: pathlib.Path) -> None:
    wanted = table["trace_id"][12_345].as_py()
    got = pq.read_table(our_file, filters=[("trace_id", "==", wanted)])
    assert got.num_rows == table["trace_id"].to_pylist().count(wanted)


def test_duckdb_reads_our_file_equal(table: pa.Table, our_file: pathlib.Path) -> None:
    db = duckdb.connect()
    db.execute("SET TimeZone = 'UTC'")
    got = db.sql(f"SELECT * FROM read_parquet('{our_file}')").to_arrow_table()
    for name in table.column_names:
        want = table[name]
        if pa.types.is_timestamp(want.type):  # older releases of DuckDB cut to microseconds
            want = want.cast(got[name].type, safe=False)
            assert got[name].cast(pa.int64()).to_pylist() == want.cast(pa.int64()).to_pylist(), name
        else:
            assert got[name].to_pylist() == want.to_pylist(), name


def test_duckdb_finds_rows_by_every_kind_of_filter(table: pa.Table, our_file: pathlib.Path) -> None:
    rows = table.to_pylist()
    file = f"read_parquet('{our_file}')"
    for column in ["count", "any_int", "ratio", "status", "preview", "rare", "flag", "long"]:
        value = next(r[column] for r in rows if r[column] is not None)
        want = sum(r[column] == value for r in rows)
        assert duckdb.execute(f"SELECT count(*) FROM {file} WHERE {column} = ?", [value]).fetchone() == (want,)
        want = sum(r[column] is None for r in rows)
        assert duckdb.execute(f"SELECT count(*) FROM {file} WHERE {column} IS NULL").fetchone() == (want,)
    want = sum(r["preview"] is not None and r["preview"] > "日" for r in rows)
    assert duckdb.execute(f"SELECT count(*) FROM {file} WHERE preview > '日'").fetchone() == (want,)


def test_duckdb_uses_our_bloom_filters(table: pa.Table, our_file: pathlib.Path) -> None:
    """The probe answers for each row group whether the filter excludes the value."""
    statuses = [table["status"][at : at + 7000].to_pylist() for at in range(0, ROWS, 7000)]
    for text in [*TEXTS, "absent 1", "absent 2", "absent 3"]:
        probe = duckdb.execute(
            "SELECT bloom_filter_excludes FROM parquet_bloom_probe(?, 'status', ?)", [str(our_file), text]
        )
        excluded = [e for (e,) in probe.fetchall()]
        assert len(excluded) == len(statuses)
        for excludes, group in zip(excluded, statuses, strict=True):
            assert not (excludes and text in group)
    probe = duckdb.execute(
        "SELECT bloom_filter_excludes FROM parquet_bloom_probe(?, 'status', 'absent')", [str(our_file)]
    )
    assert all(e for (e,) in probe.fetchall())


def test_polars_reads_our_file_equal(table: pa.Table, our_file: pathlib.Path) -> None:
    got = polars.read_parquet(our_file)
    assert got.schema["start"] == polars.Datetime("ns", "UTC")
    assert got.schema["any_int"] == polars.Int64 and got.schema["sure"] == polars.Boolean
    for name in table.column_names:
        want = table[name]
        if pa.types.is_timestamp(want.type):
            assert got[name].cast(polars.Int64).to_list() == want.cast(pa.int64()).to_pylist(), name
        else:
            assert got[name].to_list() == want.to_pylist(), name


def test_polars_finds_rows_lazily(table: pa.Table, our_file: pathlib.Path) -> None:
    rows = table.to_pylist()
    frame = polars.scan_parquet(our_file)
    for column in ["count", "any_int", "status", "rare"]:
        value = next(r[column] for r in rows if r[column] is not None)
        got = frame.filter(polars.col(column) == value).select(polars.len()).collect().item()
        assert got == sum(r[column] == value for r in rows)


def test_the_metadata_of_our_file_is_complete(our_file: pathlib.Path) -> None:
    meta = pq.read_metadata(our_file)
    assert meta.num_rows == ROWS and meta.num_row_groups == 3
    assert meta.created_by.startswith("vireo version ")
    assert meta.metadata.keys() == {b"copied.by", b"vireo.sums"}
    for g in range(meta.num_row_groups):
        for i in range(meta.num_columns):
            chunk = meta.row_group(g).column(i)
            assert chunk.has_offset_index
            assert chunk.has_column_index == (chunk.path_in_schema != "long"), chunk.path_in_schema
            assert chunk.statistics.has_null_count
            has_bloom = chunk.bloom_filter_offset is not None
            assert has_bloom == (chunk.path_in_schema in {"trace_id", "span_id", "status"})
            if chunk.path_in_schema in {"never", "never_int"}:
                assert chunk.total_compressed_size < 48


def test_statistics_hold_for_every_row_group(table: pa.Table, our_file: pathlib.Path) -> None:
    meta = pq.read_metadata(our_file)
    for g in range(3):
        for i, name in enumerate(table.column_names):
            stats = meta.row_group(g).column(i).statistics
            values = [v for v in table[name][g * 7000 : g * 7000 + 7000].to_pylist() if v is not None]
            nulls = min(7000, ROWS - g * 7000) - len(values)
            assert stats.null_count == nulls
            if not stats.has_min_max:
                assert not values or name == "long", name
                continue
            low, high = stats.min, stats.max
            if pa.types.is_timestamp(table.schema.field(name).type):
                values = table[name][g * 7000 : g * 7000 + 7000].drop_null().cast(pa.int64()).to_pylist()
                low, high = stats.min_raw, stats.max_raw
            if name == "preview":  # cut bounds still bound, in byte order
                assert low.encode() <= min(v.encode() for v in values)
                assert high.encode() >= max(v.encode() for v in values)
                assert len(high.encode()) <= 72
            elif name == "status":
                assert low == "" and high.encode() >= max(v.encode() for v in values)
            else:
                assert (low, high) == (min(values), max(values)), name


def test_json_columns_are_json_for_others(tmp_path: pathlib.Path) -> None:
    """JSON is written by DuckDB, copied by us, and JSON again for DuckDB."""
    source, target = tmp_path / "source.parquet", tmp_path / "ours.parquet"
    duckdb.execute(
        f"COPY (SELECT ('{{\"a\": ' || i || '}}') :: JSON AS j FROM range(1000) t(i)) TO '{source}' (FORMAT parquet)"
    )
    tool("copy", source, target)
    got = duckdb.execute(f"SELECT typeof(j), sum((j->>'a')::INT) FROM read_parquet('{target}') GROUP BY 1").fetchall()
    assert got == [("JSON", 499_500)]
    assert len(pq.read_table(target)["j"]) == 1000
    assert polars.read_parquet(target).height == 1000


@pytest.mark.parametrize("rows", [0, 1, 7, 8, 9, 127, 128, 129, 1025])
def test_small_files_round_trip(rows: int, tmp_path: pathlib.Path) -> None:
    table = base_table(seed=rows, rows=rows)
    file = ours(table, tmp_path)
    assert pq.read_table(file).equals(table)
    assert duckdb.execute(f"SELECT count(*) FROM read_parquet('{file}')").fetchone() == (rows,)
    assert polars.read_parquet(file).height == rows


def test_a_thousand_sparse_columns_stay_small(tmp_path: pathlib.Path) -> None:
    columns = {f"attr.{i}": pa.array([None] * 5000, pa.string()) for i in range(1000)}
    file = ours(pa.table(columns), tmp_path)
    assert file.stat().st_size < 250_000
    assert pq.read_table(file).num_columns == 1000
    assert polars.read_parquet(file).null_count().sum_horizontal().item() == 5_000_000


# ------------------------------------------------------------------ other writers, our reader


def as_json(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, float) and not math.isfinite(value):
        return {"double": {math.inf: "Infinity", -math.inf: "-Infinity"}.get(value, "NaN")}
    return value


def expected(table: pa.Table) -> list[dict[str, Any]]:
    columns = {}
    for name in table.column_names:
        column = table[name].combine_chunks()
        if pa.types.is_dictionary(column.type):
            column = column.dictionary_decode()
        if pa.types.is_temporal(column.type):
            column = column.cast(pa.timestamp("ns")).cast(pa.int64())
        columns[name] = [as_json(v) for v in column.to_pylist()]
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def check_ours(file: pathlib.Path, table: pa.Table) -> None:
    tool("verify", file)
    got = [json.loads(line) for line in tool("print", file).split("\n") if line]
    want = expected(table)
    assert len(got) == len(want)
    for i, (a, b) in enumerate(zip(got, want, strict=True)):
        assert a == b, f"row {i}"


def other_table(rows: int = 6000) -> pa.Table:
    """Also types that we read but do not write."""
    rng = random.Random(3)
    table = base_table(seed=2, rows=rows)
    extra = {
        "int32": pa.array(some_null(rng, 0.2, lambda i: rng.randrange(-(2**31), 2**31), rows), pa.int32()),
        "int8": pa.array([rng.randrange(-128, 128) for _ in range(rows)], pa.int8()),
        "uint8": pa.array([rng.randrange(256) for _ in range(rows)], pa.uint8()),
        "uint32": pa.array(some_null(rng, 0.2, lambda i: rng.randrange(2**32), rows), pa.uint32()),
        "uint64": pa.array([rng.randrange(2**63) for _ in range(rows)], pa.uint64()),
        "float32": pa.array(some_null(rng, 0.2, lambda i: rng.randrange(1000) / 8, rows), pa.float32()),
        "local_us": pa.array(some_null(rng, 0.2, lambda i: i * 1_000_001, rows), pa.timestamp("us")),
        "utc_ms": pa.array([1_700_000_000_000 + i for i in range(rows)], pa.timestamp("ms", "UTC")),
        "day": pa.array([datetime.date(2000, 1, 1) + datetime.timedelta(i) for i in range(rows)], pa.date32()),
        "category": pa.array([rng.choice("abc") for _ in range(rows)]).dictionary_encode(),
        "nothing": pa.nulls(rows),
    }
    for name, column in extra.items():
        table = table.append_column(name, column)
    return table


DELTA = {
    "start": "DELTA_BINARY_PACKED",
    "any_int": "DELTA_BINARY_PACKED",
    "int32": "DELTA_BINARY_PACKED",
    "uint32": "DELTA_BINARY_PACKED",
    "status": "DELTA_BYTE_ARRAY",
    "preview": "DELTA_LENGTH_BYTE_ARRAY",
    "trace_id": "DELTA_BYTE_ARRAY",
    "ratio": "BYTE_STREAM_SPLIT",
    "float32": "BYTE_STREAM_SPLIT",
    "span_id": "BYTE_STREAM_SPLIT",
    "ended": "BYTE_STREAM_SPLIT",
    "flag": "RLE",
}

OPTIONS: dict[str, dict[str, Any]] = {
    "defaults": {},
    "version 1.0": {"version": "1.0", "coerce_timestamps": "us", "allow_truncated_timestamps": True},
    "version 2.4": {"version": "2.4", "coerce_timestamps": "us", "allow_truncated_timestamps": True},
    "no dictionary": {"use_dictionary": False},
    "tiny dictionary": {"dictionary_pagesize_limit": 1000},
    "pages v2": {"data_page_version": "2.0"},
    "pages v2 no dictionary": {"data_page_version": "2.0", "use_dictionary": False},
    "small pages": {"data_page_size": 1000, "write_batch_size": 100},
    "small groups": {"row_group_size": 777},
    "page index": {"write_page_index": True, "data_page_size": 2000, "write_batch_size": 64},
    "checksums": {"write_page_checksum": True},
    "no statistics": {"write_statistics": False},
    "delta": {"use_dictionary": False, "column_encoding": DELTA},
    "delta pages v2": {"use_dictionary": False, "column_encoding": DELTA, "data_page_version": "2.0"},
}


@pytest.mark.parametrize("codec", ["none", "snappy", "gzip", "zstd"])
@pytest.mark.parametrize("name", OPTIONS)
def test_we_read_what_pyarrow_writes(name: str, codec: str, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "theirs.parquet"
    table = other_table(2500)
    pq.write_table(table, file, compression=codec, **OPTIONS[name])
    theirs = pq.read_table(file)  # old versions cut times to microseconds
    assert theirs.num_rows == table.num_rows and theirs.column_names == table.column_names
    check_ours(file, theirs)


def test_we_read_what_duckdb_writes(tmp_path: pathlib.Path) -> None:
    table = base_table(seed=4, rows=5000).drop_columns(["trace_id", "span_id"])  # DuckDB has no fixed length
    db = duckdb.connect()
    db.execute("SET TimeZone = 'UTC'")
    db.register("source", table)
    for codec in ["uncompressed", "snappy", "gzip", "zstd"]:
        for version in ["V1", "V2"]:
            file = tmp_path / f"{codec}-{version}.parquet"
            db.execute(f"COPY source TO '{file}' (FORMAT parquet, CODEC '{codec}', PARQUET_VERSION {version})")
            theirs = pq.read_table(file)  # older releases cut times to microseconds
            assert theirs.drop_columns(["start", "ended"]).equals(
                table.drop_columns(["start", "ended"]).cast(theirs.drop_columns(["start", "ended"]).schema)
            )
            check_ours(file, theirs)


def test_we_prune_with_the_bloom_filters_of_duckdb(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "theirs.parquet"
    duckdb.execute(
        f"COPY (SELECT 'v' || (i * 2) AS s FROM range(0, 3000) t(i)) TO '{file}' (FORMAT parquet, ROW_GROUP_SIZE 2048)"
    )
    # DuckDB writes filters for dictionary coded columns only: repeat the values.
    duckdb.execute(f"COPY (SELECT 'v' || (i % 100 * 2) AS s FROM range(0, 3000) t(i)) TO '{file}' (FORMAT parquet)")
    assert pq.read_metadata(file).row_group(0).column(0).bloom_filter_offset is not None
    assert all(tool("contains", file, "s", f"v{i * 2}") == "yes\n" for i in range(100))
    assert sum(tool("contains", file, "s", f"v{i * 2 + 1}") == "no\n" for i in range(100)) > 90


def test_we_read_what_polars_writes(tmp_path: pathlib.Path) -> None:
    table = base_table(seed=5, rows=5000)
    frame = polars.from_arrow(table)
    assert isinstance(frame, polars.DataFrame)
    for codec in ["uncompressed", "snappy", "gzip", "zstd"]:
        file = tmp_path / f"{codec}.parquet"
        frame.write_parquet(file, compression=codec, row_group_size=1234)  # type: ignore[arg-type]
        check_ours(file, table)


@pytest.mark.parametrize(
    "column",
    [
        pa.array([[1, 2], [3]]),
        pa.array([{"a": 1}]),
        pa.array([1], pa.decimal128(10, 2)),
        pa.array([2**63], pa.uint64()),
    ],
    ids=["list", "struct", "decimal", "beyond int64"],
)
def test_what_we_cannot_show_right_is_refused(column: pa.Array, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "theirs.parquet"
    pq.write_table(pa.table({"column": column}), file)
    done = subprocess.run([TOOL, "print", str(file)], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "not supported" in done.stderr


@pytest.mark.parametrize("codec", ["brotli", "lz4"])
def test_other_codecs_are_refused(codec: str, tmp_path: pathlib.Path) -> None:
    file = tmp_path / "theirs.parquet"
    pq.write_table(pa.table({"column": ["x"] * 100}), file, compression=codec)
    done = subprocess.run([TOOL, "print", str(file)], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "not supported" in done.stderr


@pytest.mark.parametrize("file", sorted(GOLDEN.glob("*.parquet")), ids=lambda f: f.stem)
def test_golden_files_read_the_same_by_pyarrow_and_us(file: pathlib.Path) -> None:
    check_ours(file, pq.read_table(file))
