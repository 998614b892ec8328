"""Reads posts: language, contacts, prices, routes, documents, and whether it is an offer."""

import os

# Read by numpy's algebra when it is loaded. Its products here are small and asked from several
# threads at once; with threads of its own, which wait for one another at every product, the
# whole analysis went down from 162 posts a second to 95 on two cores.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
