"""Where the lake, the ledger and the papers of jobs lie: a disk, or a bucket of S3."""
