"""A query by hand in Spark SQL: python query_with_spark.py orders.parquet folder NAME.sql.

As userops on Spark: local mode, two cores, 4 GB.
"""

import sys
from pathlib import Path

from pyspark.sql import SparkSession

SETTINGS = {
    "spark.master": "local[2]",
    "spark.driver.memory": "4g",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.session.timeZone": "UTC",
}

if __name__ == "__main__":
    path, target, name = sys.argv[1:]
    spark = SparkSession.builder.config(map=SETTINGS).getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    spark.read.parquet(path).createOrReplaceTempView("export")
    *before, query = (Path(__file__).parent / "spark" / name).read_text().split(";\n")
    for statement in before:
        spark.sql(statement)
    spark.sql(query).write.mode("overwrite").parquet(target)
