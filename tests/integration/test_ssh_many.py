"""Twenty hosts at once."""

import unittest

from ssh_cluster import SshCluster, SshClusterCase, connections


class Many(SshClusterCase):
    WANTED = {f"n{number:02}": {} for number in range(1, 21)}

    def test_twenty_hosts_at_once(self):
        with SshCluster(self.hosts, hosts=["n[01-20]"], workers=1, standby=0, warm=[], tunnel=True) as cluster:
            cluster.ctl("up", timeout=150)
            code = "import socket; print(sorted(client.run(socket.gethostname).values()))"
            self.assertEqual(cluster.compute(code), str(sorted(self.WANTED)))
            self.assertEqual({connections(self.hosts, name) for name in self.WANTED}, {1})
            self.assertEqual(cluster.compute("print(sum(client.gather(client.map(abs, range(1000)))))"), "499500")
            cluster.ctl("down")
            self.assert_nothing_left(timeout=15)


if __name__ == "__main__":
    unittest.main()
