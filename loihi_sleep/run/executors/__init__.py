"""Where independent calls run: threads of this process, or workers of a Dask cluster."""
