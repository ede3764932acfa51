"""Jobs without Spark: a plain Python function over rows, judged as all jobs are."""
