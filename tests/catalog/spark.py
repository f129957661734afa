"""spark.py RELEASE...: the released files in Apache Spark. Prints a line for each thing that is not as it was certified,
and ends with 1 if there is one."""

import base64
import json
import sys

from pyspark.sql import SparkSession, functions

settings = {"spark.ui.enabled": "false", "spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1"}
spark = SparkSession.builder.master("local[2]").config(map=settings).getOrCreate()
spark.sparkContext.setLogLevel("ERROR")
wrong = []

for release in sys.argv[1:]:
    statement = json.loads(base64.b64decode(json.load(open(release + "/certificate.json"))["payload"]))
    predicate = statement["predicate"]
    frame = spark.read.parquet(release + "/data")
    rows = frame.count()
    if rows != predicate["counts"]["records_released"]:
        wrong.append(f"{release}: {rows} rows")
    token = predicate["conditions"]["subject_token"]
    subjects = functions.countDistinct(functions.col(f"`{token}`")) if token else functions.count(functions.lit(1))
    classes = frame.groupBy([f"`{name}`" for name in predicate["conditions"]["quasi"]]).agg(subjects.alias("subjects"))
    k = classes.agg(functions.min("subjects")).collect()[0][0]
    certified = next(measure["value"] for measure in predicate["measures"] if measure["id"] == "k_anonymity")
    if k != certified:
        wrong.append(f"{release}: k is {k} instead of {certified}")

spark.stop()
print("\n".join(wrong), end="\n" if wrong else "")
sys.exit(1 if wrong else 0)
