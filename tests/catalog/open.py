"""open.py RELEASE: the released files in the hands of other programs. Prints a line for each thing that is not as it was
certified, and ends with 1 if there is one."""

import base64
import glob
import json
import sys

import duckdb
import pandas
import polars
import pyarrow.parquet

release = sys.argv[1]
files = sorted(glob.glob(release + "/data/*.parquet"))
statement = json.loads(base64.b64decode(json.load(open(release + "/certificate.json"))["payload"]))
predicate = statement["predicate"]
rows = predicate["counts"]["records_released"]
wrong = []


def same(what, found, wanted):
    if found != wanted:
        wrong.append(f"{what}: {found} instead of {wanted}")


# the certificate in the footer, as the documents show it
footer = pyarrow.parquet.read_metadata(files[0]).metadata
footer = json.loads(base64.b64decode(json.loads(footer[b"tuomin.certificate"])["payload"]))
same("footer", footer["predicate"], predicate)

arrow = pyarrow.parquet.read_table(files)
names = arrow.column_names
same("pyarrow rows", arrow.num_rows, rows)
frame = pandas.read_parquet(release + "/data")
same("pandas", (len(frame), list(frame.columns)), (rows, names))
other = polars.read_parquet(release + "/data/*.parquet")
same("polars", (other.height, other.columns), (rows, names))
same("polars cells", other.to_arrow().cast(arrow.schema).equals(arrow), True)

quasi, token = predicate["conditions"]["quasi"], predicate["conditions"]["subject_token"]
quoted = ", ".join(f'"{name}"' for name in quasi)
counted = f'DISTINCT "{token}"' if token else "*"
sql = f"SELECT count({counted}) AS subjects FROM read_parquet('{release}/data/*.parquet') GROUP BY {quoted}"
((k,),) = duckdb.sql(f"SELECT min(subjects) FROM ({sql})").fetchall()
certified = next(measure["value"] for measure in predicate["measures"] if measure["id"] == "k_anonymity")
same("duckdb k", k, certified)
((count,),) = duckdb.sql(f"SELECT count(*) FROM read_parquet('{release}/data/*.parquet')").fetchall()
same("duckdb rows", count, rows)

print("\n".join(wrong), end="\n" if wrong else "")
sys.exit(1 if wrong else 0)
