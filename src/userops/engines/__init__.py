"""What queries run on: Polars or Spark, memory, threads; reductions that share a pass."""
