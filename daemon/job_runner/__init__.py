"""The job runner: a Dask client that holds the jobs of `daskctl run`, forked from the local host agent. See PROTOCOL.md."""
