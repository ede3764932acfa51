"""`python -m spark.satellite [URL of a job's papers]`."""

import os
import sys

from spark.satellite.run import main

if __name__ == "__main__":
    status = main(*sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    # Threads of a function must not keep the process alive.
    os._exit(status)
