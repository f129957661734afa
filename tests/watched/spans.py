"""Reads an OTLP request by OpenTelemetry's own messages and prints what it says as JSON.

    spans.py protobuf|json REQUEST

Closed: in JSON an unknown key is an error, in protobuf an unknown field is.
"""

import base64
import json
import sys

from google.protobuf import json_format, unknown_fields
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


def attributes(found):
    said = {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in found}
    if len(said) != len(found):
        raise SystemExit("an attribute is there twice")
    return said


def known(message):
    if len(unknown_fields.UnknownFieldSet(message)):
        raise SystemExit(f"{message.DESCRIPTOR.name} has a field that is not known")
    for field, value in message.ListFields():
        if field.message_type:
            for one in value if isinstance(value, (list, tuple)) or hasattr(value, "add") else [value]:
                known(one)


def of_json(text):
    told = json.loads(text)
    for resource in told["resourceSpans"]:
        for scope in resource["scopeSpans"]:
            for span in scope["spans"]:
                # the mapping of protobuf has bytes in base64, that of OTLP has ids in hex
                for key in ("traceId", "spanId", "parentSpanId"):
                    span[key] = base64.b64encode(bytes.fromhex(span[key])).decode()
    return json_format.ParseDict(told, ExportTraceServiceRequest(), ignore_unknown_fields=False)


form, path = sys.argv[1:]
body = open(path, "rb").read()
request = of_json(body) if form == "json" else ExportTraceServiceRequest.FromString(body)
known(request)
(resource,) = request.resource_spans
(scope,) = resource.scope_spans
spans = [
    {
        "trace": span.trace_id.hex(),
        "id": span.span_id.hex(),
        "parent": span.parent_span_id.hex(),
        "name": span.name,
        "kind": span.kind,
        "start": span.start_time_unix_nano,
        "end": span.end_time_unix_nano,
        "attributes": attributes(span.attributes),
        "code": span.status.code,
        "message": span.status.message,
    }
    for span in scope.spans
]
print(json.dumps({"resource": attributes(resource.resource.attributes), "scope": scope.scope.name, "spans": spans}))
