"""Orders on Spark: where there are more than one machine takes.

Spark's readers read Parquet and delimited text. Rows that fast expressions read, of orders that stand
on one row, stay on Spark; the few others come here, where the strict way judges them with the same
code as always. So columns, rules, reasons and tally are those of any other run.
"""
