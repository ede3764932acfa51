"""Where a Spark job runs: one module per place."""
