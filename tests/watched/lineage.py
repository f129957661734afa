"""Reads OpenLineage events into the types of OpenLineage's own client, which are generated from its JSON Schema.

    lineage.py EVENTS.jsonl

Closed: a key that the types do not have, one that is missing, and a value that had to be changed to fit are faults, and
so is the name of a dataset that the client would build in another way. Prints one line per fault; exits with 1 where
there is one.
"""

import json
import re
import sys
import uuid
from urllib.parse import urlparse

import cattrs
from openlineage.client.event_v2 import RunEvent
from openlineage.client.generated import (
    data_quality_metrics_input_dataset,
    error_message_run,
    output_statistics_output_dataset,
    schema_dataset,
)
from openlineage.client.naming.dataset import MySQL, Postgres

FACETS = {
    ("run", "errorMessage"): error_message_run.ErrorMessageRunFacet,
    ("dataset", "schema"): schema_dataset.SchemaDatasetFacet,
    ("input", "dataQualityMetrics"): data_quality_metrics_input_dataset.DataQualityMetricsInputDatasetFacet,
    ("output", "outputStatistics"): output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet,
}
VERSION = re.compile(r"/(\d+)-(\d+)-(\d+)/")


def bare(value):
    """Without what is empty: the types fill in nulls and empty lists."""
    if isinstance(value, dict):
        return {key: bare(one) for key, one in value.items() if one is not None and one != {} and one != []}
    return [bare(one) for one in value] if isinstance(value, list) else value


def fits(kind, value):
    converter = cattrs.Converter(forbid_extra_keys=True)
    there = converter.unstructure(converter.structure(value, kind))
    if bare({**there, "schemaURL": None, "_schemaURL": None}) != bare(value):
        raise ValueError(f"{kind.__name__} had to be changed to fit")


def uri(text):
    parts = urlparse(text)
    if parts.scheme != "https" or not parts.netloc:
        raise ValueError("no URI")


def schema(url, kind):
    """The same schema as the client's, of the same major version and none that is newer."""
    uri(url)
    own = kind._get_schema()
    version = lambda text: tuple(map(int, VERSION.search(text).groups()))
    if VERSION.sub("/", url) != VERSION.sub("/", own):
        raise ValueError(f"{url} is not {own}")
    if version(url)[0] != version(own)[0] or version(url) > version(own):
        raise ValueError(f"{url} is not a version before {own}")


def facets(where, found):
    for name, facet in found.items():
        kind = FACETS[(where, name)]
        schema(facet["_schemaURL"], kind)
        uri(facet["_producer"])
        fits(kind, {key: value for key, value in facet.items() if key != "_schemaURL"})


def named(dataset):
    space, name = dataset["namespace"], dataset["name"]
    scheme, _, rest = space.partition("://")
    if scheme in ("postgres", "mysql"):
        host, _, port = rest.rpartition(":")
        kind = Postgres if scheme == "postgres" else MySQL
        built = kind(host, port, *name.split("."))
        if (built.get_namespace(), built.get_name()) != (space, name):
            raise ValueError(f"{space} {name} is not as the client names it")
    elif scheme == "s3":
        if not rest or "/" in rest or "@" in rest:
            raise ValueError(f"{space} is no bucket")
    elif space != "file" or not name.startswith("/"):
        raise ValueError(f"{space} {name} is of no kind that is known")


def event(text):
    told = json.loads(text)
    schema(told.pop("schemaURL"), RunEvent)
    uri(told["producer"])
    uuid.UUID(told["run"]["runId"])
    facets("run", told["run"].pop("facets", {}))
    told["job"].pop("facets")
    for side, own in (("inputs", "input"), ("outputs", "output")):
        for dataset in told[side]:
            named(dataset)
            facets("dataset", dataset.pop("facets", {}))
            facets(own, dataset.pop(f"{own}Facets", {}))
    fits(RunEvent, told)


faults = 0
for number, line in enumerate(open(sys.argv[1], encoding="utf-8"), 1):
    try:
        event(line)
    except Exception as error:  # whatever it is, it is a fault
        faults += 1
        print(f"event {number}: {type(error).__name__}: {error}")
        for inner in getattr(error, "exceptions", ()):
            print(f"event {number}:   {inner!r}")
sys.exit(1 if faults else 0)
