"""What a session notices of the link, of sshd and of the host, and how soon."""

import os
import time
import unittest

from ssh_probe import SshCase

NOTICED_S = 8  # TCP keepalives and the user timeout need about five
NOTICED_BEHIND_A_HOST_S = 14


class Links(SshCase):
    WANTED = {"h1": {}, "h2": {}, "slow": {}}

    def hold(self, host, **options):
        held = self.start(host, "hold", **options)
        held.wait_for("connected")
        return held

    def test_a_cut_link(self):
        held = self.hold("h2")
        self.hosts.cut("h2")
        self.addCleanup(self.hosts.restore, "h2")
        held.wait_for("ended: the connection broke", NOTICED_S)

    def test_a_cut_link_in_the_middle_of_data(self):
        stalled = self.start("h2", "exec", "cat /dev/zero >/dev/null")
        stalled.process.stdin.write(b"x" * 100_000)
        stalled.process.stdin.flush()
        self.hosts.cut("h2")
        self.addCleanup(self.hosts.restore, "h2")
        stalled.wait_for("the connection broke", NOTICED_S)

    def test_a_short_interruption_is_survived(self):
        held = self.hold("h2")
        self.hosts.cut("h2")
        time.sleep(1)  # the length of the interruption
        self.hosts.restore("h2")
        self.assertRaises(AssertionError, held.wait_for, "ended", NOTICED_S)

    def test_a_cut_behind_another_host(self):
        config = self.configure("Host h2\n  ProxyJump h1\n")
        held = self.hold("h2", config=config)
        self.assertRaises(AssertionError, held.wait_for, "ended", 10)  # it is asked, and answers
        self.hosts.cut("h2")
        self.addCleanup(self.hosts.restore, "h2")
        held.wait_for("ended: the remote host does not answer any more", NOTICED_BEHIND_A_HOST_S)

    def test_a_dropped_session(self):
        held = self.hold("h1")
        self.hosts.drop_sessions("h1")
        held.wait_for("ended: the ", NOTICED_S)

    def test_sshd_may_stop_and_come_back_without_a_session_noticing(self):
        held = self.hold("h1")
        self.hosts.stop_sshd("h1")
        self.hosts.start_sshd("h1")
        self.assertRaises(AssertionError, held.wait_for, "ended", 1)

    def test_a_frozen_host_goes_on_where_it_was(self):
        held = self.hold("h1")
        self.hosts.freeze("h1")
        self.addCleanup(self.hosts.thaw, "h1")
        self.assertRaises(AssertionError, held.wait_for, "ended", NOTICED_S)
        self.assert_refused(self.probe("h1", "exec", "true"), "no SSH with", "not done within")
        self.hosts.thaw("h1")
        self.assertRaises(AssertionError, held.wait_for, "ended", 1)
        self.assert_works(self.probe("h1", "exec", "hostname"), "h1\n")

    def test_a_power_cut(self):
        held = self.hold("h2")
        self.hosts.halt("h2")
        held.wait_for("ended: the connection broke", NOTICED_S)
        self.hosts.boot("h2")
        self.assert_works(self.probe("h2", "exec", "hostname"), "h2\n")

    def test_a_bad_line(self):
        self.hosts.shape("slow", 20, 5)
        data = os.urandom(2_000_000)
        done = self.probe("slow", "exec", "cat", input=data, text=False)
        self.assertTrue(done.stdout == data, done.stderr)

    def test_closing_is_clean(self):
        held = self.hold("h1")
        self.end_input(held)
        held.wait_for("ended: the connection to dask@h1 (10.77.0.11) is closed")
        self.assertEqual(held.process.wait(10), 0)


if __name__ == "__main__":
    unittest.main()
