# SPDX-License-Identifier: Apache-2.0
"""Writes request.pb and request.json: one trace request in both encodings.

Made with the protobuf classes of the opentelemetry-proto package, so that our
decoders are held against somebody else's encoder.  Run it again only when the
contents are to change: `python tests/golden/otlp/generate.py`.
"""

import base64
import json
import math
import pathlib

from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue, KeyValueList

HERE = pathlib.Path(__file__).parent
START = 1_700_000_000_123_456_789


def any_value(value):
    if value is None:
        return AnyValue()
    if isinstance(value, bool):
        return AnyValue(bool_value=value)
    if isinstance(value, int):
        return AnyValue(int_value=value)
    if isinstance(value, float):
        return AnyValue(double_value=value)
    if isinstance(value, bytes):
        return AnyValue(bytes_value=value)
    if isinstance(value, list):
        return AnyValue(array_value=ArrayValue(values=[any_value(v) for v in value]))
    if isinstance(value, dict):
        return AnyValue(kvlist_value=KeyValueList(values=attributes(value)))
    return AnyValue(string_value=value)


def attributes(values):
    return [KeyValue(key=key, value=any_value(value)) for key, value in values.items()]


EVERY_KIND = {
    "text": 'Grüße, 世界 \U0001f600\n"quoted" \\ </script>',
    "empty": "",
    "yes": True,
    "no": False,
    "zero": 0,
    "largest": 2**63 - 1,
    "smallest": -(2**63),
    "half": 0.5,
    "whole": 3.0,
    "tenth": 0.1,
    "tiny": 5e-324,
    "huge": 1.7976931348623157e308,
    "nan": math.nan,
    "infinity": math.inf,
    "minus infinity": -math.inf,
    "bytes": bytes(range(7)),
    "nothing": None,
    "array": ["a", 1, 2.0, True, None, b"\xff\x00", [1, [2, [3]]], {"k": "v"}],
    "map": {"a": 1, "b": {"c": [1.5, {"d": "e"}]}, "": "empty key"},
    "empty array": [],
    "empty map": {},
}


def request():
    r = ExportTraceServiceRequest()
    resource_spans = r.resource_spans.add()
    resource_spans.resource.attributes.extend(
        attributes({"service.name": "golden", "vireo.project": "Concept Project", "host.cpus": 2})
    )
    resource_spans.schema_url = "https://opentelemetry.io/schemas/1.30.0"
    scope_spans = resource_spans.scope_spans.add()
    scope_spans.scope.name = "tests"
    scope_spans.scope.version = "1.2.3"
    scope_spans.scope.attributes.extend(attributes({"scope.kind": "golden"}))

    root = scope_spans.spans.add()
    root.trace_id = bytes(range(1, 17))
    root.span_id = bytes(range(1, 9))
    root.trace_state = "vendor=1"
    root.flags = 0x101
    root.name = "every kind"
    root.kind = 2
    root.start_time_unix_nano = START
    root.end_time_unix_nano = START + 1_000_000
    root.attributes.extend(attributes(EVERY_KIND))
    root.dropped_attributes_count = 3
    root.dropped_events_count = 4
    root.dropped_links_count = 5
    root.status.code = 2
    root.status.message = "it broke"
    event = root.events.add()
    event.time_unix_nano = START + 500
    event.name = "exception"
    event.attributes.extend(
        attributes(
            {
                "exception.type": "ValueError",
                "exception.message": "no such thing",
                "exception.stacktrace": "Traceback:\n  line 1",
            }
        )
    )
    event.dropped_attributes_count = 6
    root.events.add(time_unix_nano=START + 600, name="plain")
    link = root.links.add()
    link.trace_id = bytes(range(16, 0, -1))
    link.span_id = bytes(range(8, 0, -1))
    link.trace_state = "other=2"
    link.attributes.extend(attributes({"why": "retry", "n": 2}))
    link.dropped_attributes_count = 7
    link.flags = 1

    child = scope_spans.spans.add()
    child.trace_id = root.trace_id
    child.span_id = bytes(range(11, 19))
    child.parent_span_id = root.span_id
    child.name = "child"
    child.kind = 1
    child.start_time_unix_nano = START + 10
    child.end_time_unix_nano = START + 20
    child.attributes.extend(
        attributes(
            {
                "gen_ai.operation.name": "chat",
                "gen_ai.request.model": "small-1",
                "gen_ai.usage.input_tokens": 12,
                "gen_ai.input.messages": [{"role": "user", "parts": [{"type": "text", "content": "Hi"}]}],
            }
        )
    )
    child.status.code = 1

    second = r.resource_spans.add()
    second.resource.attributes.extend(attributes({"service.name": "other"}))
    lone = second.scope_spans.add().spans.add()
    lone.trace_id = bytes([9] * 16)
    lone.span_id = bytes([9] * 8)
    lone.name = "lone"
    lone.start_time_unix_nano = START
    lone.end_time_unix_nano = START
    return r


def with_hex_ids(node):
    """OTLP's one difference to proto3 JSON: ids are hex, not base64."""
    if isinstance(node, list):
        return [with_hex_ids(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        key: base64.b64decode(value).hex() if key in ("traceId", "spanId", "parentSpanId") else with_hex_ids(value)
        for key, value in node.items()
    }


def main():
    r = request()
    (HERE / "request.pb").write_bytes(r.SerializeToString(deterministic=True))
    as_json = with_hex_ids(MessageToDict(r, use_integers_for_enums=True))
    text = json.dumps(as_json, indent=1, ensure_ascii=False)
    (HERE / "request.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
