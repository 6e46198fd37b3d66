"""daskd's host agent: imports `distributed` once, forks scheduler and workers, reaps them. See README.md."""
