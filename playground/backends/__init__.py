"""The places where a request can run, behind one seam: see base.py."""
