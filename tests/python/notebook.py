# %% A cluster
from dask.distributed import Client, LocalCluster

if __name__ == "__main__":
    cluster = LocalCluster(n_workers=2, threads_per_worker=1, memory_limit="512MiB", dashboard_address=":0")
    client = Client(cluster)

    # %% It is there
    assert isinstance(cluster._repr_html_(), str) and "tcp://" in repr(cluster)
    print("workers", len(cluster.scheduler_info["workers"]), "status", cluster.status.name)

    # %% Functions
    some_input = [1, 2, 3, 4, 5, 6]

    def some_function(x):
        return x * x

    futures = client.map(some_function, some_input)
    print("map", client.gather(futures))

    # %% Delayed
    import subprocess

    from dask import delayed

    def run_command(command):
        return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout.decode().strip()

    delayed_tasks = [delayed(run_command)(["echo", name]) for name in ("aln1", "aln2", "aln3")]
    futures = client.compute(delayed_tasks)
    print("delayed", client.gather(futures))
    print("direct", [done.returncode for done in client.gather(client.compute([delayed(subprocess.run)(["true"])]))])

    # %% More workers, then fewer
    cluster.scale(3)
    client.wait_for_workers(n_workers=3)
    print("grown", len(client.scheduler_info()["workers"]))
    cluster.scale(1)

    import time

    while len(client.scheduler_info()["workers"]) > 1:
        time.sleep(0.05)

    # %% A bag of data
    import numpy

    data = client.scatter(numpy.arange(1000), broadcast=True)
    print("sum", client.submit(numpy.sum, data).result())

    # %% As many as needed
    cluster.adapt(minimum=1, maximum=2)
    print("adapted", sum(client.gather(client.map(some_function, range(100)))))

    # %% Logs
    print("logs", {"Cluster", "Scheduler"} <= set(cluster.get_logs()))

    # %% The end
    client.close()
    cluster.close()
    print("status", cluster.status.name)
