"""Starts the double: prints its port as JSON, and ends with its jobs when its stdin closes."""

import argparse
import json
import os
import sys
import threading
import warnings
from pathlib import Path

warnings.simplefilter("ignore")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m assets_tests.doubles.aws")
    parser.add_argument("--folder", type=Path, required=True, help="where jobs work")
    parser.add_argument("--port", type=int, default=0, help="on 127.0.0.1; 0 takes a free one")
    asked = parser.parse_args()
    os.environ.update({"MOTO_ALLOW_NONEXISTENT_REGION": "false"})

    from assets_tests.doubles.aws.serving import serve

    asked.folder.mkdir(parents=True, exist_ok=True)
    server, double = serve(asked.folder.resolve(), asked.port)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(json.dumps({"port": server.server_port}), flush=True)  # noqa: T201
    sys.stdin.buffer.read()
    double.end()
    os._exit(0)


if __name__ == "__main__":
    main()
