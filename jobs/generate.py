"""Job for spark-submit or a Databricks task: the stage `generate` of one config, in the session of the cluster."""

import sys

from synthspark.cli.main import main

if __name__ == "__main__":
    exit_code = main(["generate", *sys.argv[1:]])
    if exit_code:  # some job runners take even sys.exit(0) for a failure
        sys.exit(exit_code)
