"""Holds the catalogue files of a release against validators that are not ours.

    validate.py metadata FOLDER   datapackage.json by frictionless, catalog.json by rdflib and SHACL
    validate.py data FOLDER       the same, and the released files against both

Prints one line per fault; exits with 1 where there is one.
"""

import hashlib
import json
import sys
from pathlib import Path

import frictionless
import pyarrow.parquet
import pyshacl
import rdflib

DCAT = rdflib.Namespace("http://www.w3.org/ns/dcat#")
SPDX = rdflib.Namespace("http://spdx.org/rdf/terms#")
CSVW = rdflib.Namespace("http://www.w3.org/ns/csvw#")


def package_metadata(folder):
    descriptor = json.loads((folder / "datapackage.json").read_text("utf-8"))
    for error in frictionless.Package.metadata_validate(descriptor):
        yield f"datapackage.json: {error.message}"


def graph_of(folder):
    path = folder / "catalog.json"
    text = path.read_text("utf-8")
    context = json.loads(text)["@context"]
    if not isinstance(context, dict):
        raise SystemExit("catalog.json: its context is not inline")
    return rdflib.Graph().parse(data=text, format="json-ld", publicID=path.resolve().as_uri())


def catalog_metadata(graph):
    if len(list(graph.subjects(rdflib.RDF.type, DCAT.Dataset))) != 1:
        yield "catalog.json: not one dcat:Dataset"
    shapes = rdflib.Graph().parse(Path(__file__).parent / "shapes.ttl")
    conforms, _, report = pyshacl.validate(graph, shacl_graph=shapes, advanced=False, meta_shacl=True)
    if not conforms:
        yield f"catalog.json: {report}"


def package_data(folder):
    """Every cell against the Table Schema.

    frictionless opens the Parquet by its own reader; that turns whole numbers beside nulls into decimals, and knows no
    byte counts, so the cells come from pyarrow, and bytes and digests are compared in `against_files`.
    """
    package = json.loads((folder / "datapackage.json").read_text("utf-8"))
    for resource in package["resources"]:
        path, schema = resource["path"], resource["schema"]
        bare = {key: value for key, value in resource.items() if key not in ("bytes", "hash")}
        with frictionless.Resource(bare, basepath=str(folder)) as opened:
            if opened.header != [field["name"] for field in schema["fields"]]:
                yield f"datapackage.json: {path} has another header"
        rows = pyarrow.parquet.read_table(folder / path).to_pylist()
        inline = frictionless.Resource({"name": resource["name"], "data": rows, "schema": schema})
        report = frictionless.validate(inline)
        for error in report.flatten(["title", "message"]):
            yield f"datapackage.json: {error}"
        if report.tasks[0].type != "table" or report.tasks[0].stats.get("rows") != len(rows):
            yield f"datapackage.json: {path} was not read as a table of {len(rows)} rows"


def columns_of(folder, path):
    kinds = {"string": "string", "int64": "integer", "double": "number", "date32[day]": "date", "bool": "boolean"}
    schema = pyarrow.parquet.read_schema(folder / path)
    return [(field.name, kinds[str(field.type)]) for field in schema]


def against_files(folder, graph):
    """Paths, digests, sizes, columns and enumerated labels, recomputed from the files by pyarrow."""
    files = sorted(str(path.relative_to(folder)) for path in (folder / "data").glob("*.parquet"))
    package = json.loads((folder / "datapackage.json").read_text("utf-8"))
    if sorted(resource["path"] for resource in package["resources"]) != files:
        yield "datapackage.json: its resources are not the data files"
    for resource in package["resources"]:
        path = resource["path"]
        content = (folder / path).read_bytes()
        if resource["hash"] != "sha256:" + hashlib.sha256(content).hexdigest() or resource["bytes"] != len(content):
            yield f"datapackage.json: {path} has other bytes"
        fields = resource["schema"]["fields"]
        if [(field["name"], field["type"]) for field in fields] != columns_of(folder, path):
            yield f"datapackage.json: {path} has other columns"
    # every listed label is in the cells, and every cell is listed: nothing else is told
    tables = [pyarrow.parquet.read_table(folder / path) for path in files]
    for field in package["resources"][0]["schema"]["fields"]:
        listed = field.get("constraints", {}).get("enum")
        if listed is not None:
            cells = {cell for table in tables for cell in table.column(field["name"]).unique().to_pylist()} - {None}
            if set(listed) != cells:
                yield f"datapackage.json: the labels of {field['name']} are not those of the cells"
    base = folder.resolve().as_uri() + "/"
    described = set()
    for distribution in graph.subjects(rdflib.RDF.type, DCAT.Distribution):
        path = str(graph.value(distribution, DCAT.downloadURL)).removeprefix(base)
        described.add(path)
        content = (folder / path).read_bytes()
        checksum = graph.value(distribution, SPDX.checksum)
        # the text: rdflib turns hexBinary into bytes
        value = str(graph.value(checksum, SPDX.checksumValue))
        size = int(graph.value(distribution, DCAT.byteSize))
        if value.lower() != hashlib.sha256(content).hexdigest() or size != len(content):
            yield f"catalog.json: {path} has other bytes"
        schema = graph.value(distribution, CSVW.tableSchema)
        listed = rdflib.collection.Collection(graph, graph.value(schema, CSVW.column))
        columns = [(str(graph.value(c, CSVW.name)), str(graph.value(c, CSVW.datatype))) for c in listed]
        if columns != columns_of(folder, path):
            yield f"catalog.json: {path} has other columns"
    if sorted(described) != files:
        yield "catalog.json: its distributions are not the data files"


def main():
    what, folder = sys.argv[1], Path(sys.argv[2])
    faults = list(package_metadata(folder))
    graph = graph_of(folder)
    faults += catalog_metadata(graph)
    if what == "data" and not faults:
        faults += package_data(folder)
        faults += against_files(folder, graph)
    for fault in faults:
        print(fault)
    sys.exit(bool(faults))


main()
