"""Runs Python programs one after another: a job is a line of JSON on standard input, so is its result.

{"file", "env"} -> {"out", "error"}: what the program wrote to standard output, and its traceback or "". A warning is an
error, and so is one about what the program left open.
"""

import contextlib
import gc
import io
import json
import os
import runpy
import sys
import traceback
import warnings

results = sys.stdout
unraised: list[str] = []
sys.unraisablehook = lambda info: unraised.append(f"{info.err_msg or 'Ignored'} {info.object!r}: {info.exc_value!r}")
for line in sys.stdin:
    job = json.loads(line)
    os.environ.update(job["env"])
    unraised.clear()
    out, error = io.StringIO(), ""
    try:
        with contextlib.redirect_stdout(out), warnings.catch_warnings():
            warnings.simplefilter("error")
            runpy.run_path(job["file"], run_name="__main__")
            gc.collect()
    except BaseException:
        error = traceback.format_exc()
    gc.freeze()  # so that the next collection looks at the next program's objects only
    for name in job["env"]:
        del os.environ[name]
    results.write(json.dumps({"out": out.getvalue(), "error": error or "\n".join(unraised)}) + "\n")
    results.flush()
