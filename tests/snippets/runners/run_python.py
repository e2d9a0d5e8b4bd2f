"""Runs Python programs one after another: a job is a line of JSON on standard input, so is its result.

{"file", "env"} -> {"out", "error"}: what the program wrote to standard output, and its traceback or "".
"""

import contextlib
import io
import json
import os
import runpy
import sys
import traceback

results = sys.stdout
for line in sys.stdin:
    job = json.loads(line)
    os.environ.update(job["env"])
    out, error = io.StringIO(), ""
    try:
        with contextlib.redirect_stdout(out):
            runpy.run_path(job["file"], run_name="__main__")
    except BaseException:
        error = traceback.format_exc()
    for name in job["env"]:
        del os.environ[name]
    results.write(json.dumps({"out": out.getvalue(), "error": error}) + "\n")
    results.flush()
