"""Real Spark on s3://, as the double runs it."""

import io
import zipfile
from pathlib import Path

from assets_tests.doubles.aws.awaited import until
from assets_tests.doubles.aws.processes import members
from assets_tests.doubles.aws.running import BUCKET, Double
from assets_tests.doubles.aws.serverless import Serverless

COUNTS = """
import importlib.util, sys
from pyspark.sql import SparkSession
import shipped

spark = SparkSession.builder.getOrCreate()
rows = spark.read.csv("s3://lake/in", header=True)
rows.write.partitionBy("mood").parquet("s3://lake/out/notes")
spark.read.parquet("s3://lake/out/notes").write.json("s3://lake/out/notes.json")
print(rows.count(), rows.inputFiles(), shipped.WORD, sys.argv[1:])
print([name for name in ("seniorlink_assets", "dagster") if importlib.util.find_spec(name)])
spark.stop()
"""
WAITS = """
import time
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.range(1).write.parquet("s3://lake/out/one")
time.sleep(600)
"""


def test_spark_reads_and_writes_s3_with_shipped_code_and_nothing_of_the_checkout(
    aws: Double,
) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("shipped.py", "WORD = 'shipped'")
    s3 = aws.client("s3")
    s3.put_object(Bucket=BUCKET, Key="code/code.zip", Body=packed.getvalue())
    s3.put_object(Bucket=BUCKET, Key="in/a.csv", Body=b"note,mood\n1,4\n2,3\n3,4\n")
    application = Serverless(aws)

    run_id = application.start(
        COUNTS, "a b", "'c'", parameters="--py-files s3://lake/code/code.zip --conf spark.x=y\\:z"
    )

    run = application.ended(run_id)
    (job,) = aws.jobs
    output, error = (Path(job["folder"], name).read_text() for name in ("stdout", "stderr"))
    assert run["state"] == "SUCCESS", error[-3000:]
    keys = [each["Key"] for each in s3.list_objects_v2(Bucket=BUCKET, Prefix="out")["Contents"]]
    parts = [key for key in keys if "/part-" in key and "parquet" in key]
    assert output == "3 ['s3://lake/in/a.csv'] shipped ['a b', \"'c'\"]\n[]\n"
    assert {key.split("/")[2] for key in parts} == {"mood=3", "mood=4"}
    assert not [key for key in keys if "_temporary" in key or key.endswith(".crc")]


def test_a_cancelled_spark_leaves_no_process_and_what_it_had_written(aws: Double) -> None:
    application = Serverless(aws)
    run_id = application.start(WAITS)
    s3 = aws.client("s3")
    until(lambda: s3.list_objects_v2(Bucket=BUCKET), lambda found: "SUCCESS" in str(found), 120)
    (job,) = aws.jobs

    application.cancel(run_id)

    assert application.ended(run_id)["state"] == "CANCELLED"
    assert members(job["folder"]) == []
