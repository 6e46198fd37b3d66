"""The agent's listening socket: others find the agent by it, so it is there for as long as the agent is."""

from __future__ import annotations

import os
import socket
from typing import Callable, Optional

from daskd_agent import acceptor, interpreter, private_directory, unix_socket
from daskd_agent.loop import Loop, Timer

LOOK_S = 5.0


class FrontDoor:
    """Owns `listener`, which stands at `path` as `inode`. `on_peer` gets whoever comes, if it is our own user;
    `keep_others` is called at each look, for what else may have been removed from that directory."""

    def __init__(
        self,
        loop: Loop,
        listener: socket.socket,
        path: str,
        inode: int,
        on_peer: Callable[[socket.socket], None],
        keep_others: Callable[[], None],
    ) -> None:
        self._loop = loop
        self._listener = listener
        self._path = path
        self.inode = inode
        self._on_peer = on_peer
        self._keep_others = keep_others
        self._looking: Optional[Timer] = None

    def open(self) -> None:
        self._listener.setblocking(False)
        acceptor.accept(self._loop, self._listener, self._take)

    def fileno(self) -> int:
        return self._listener.fileno()

    def make_again(self) -> None:
        """If the socket was removed. Without daskd, somebody else may have taken its place: that is left alone."""
        private_directory.make(os.path.dirname(self._path))
        self._keep_others()
        if unix_socket.is_at(self._path, self.inode) or unix_socket.is_served(self._path):
            return
        fresh = unix_socket.listening(self._path)
        fresh.set_inheritable(False)
        self.inode = os.stat(self._path).st_ino
        acceptor.close(self._loop, self._listener)
        self._listener = fresh
        self.open()

    def stay_found(self) -> None:
        """While no daskd is there to tell that the socket was removed: until `rest`."""
        self._looking = self._loop.later(LOOK_S, self.stay_found)
        try:
            self.make_again()
            interpreter.restore_program()  # daskd is started again by it
        except OSError:
            pass  # no room in the directory, say: again at the next look

    def rest(self) -> None:
        if self._looking is not None:
            self._looking.cancel()
            self._looking = None

    def remove(self) -> None:
        self.rest()  # a look that is due at the same time would make it again
        try:
            if unix_socket.is_at(self._path, self.inode):
                os.unlink(self._path)
        except OSError:
            pass  # the agent ends all the same

    def _take(self, peer: socket.socket) -> None:
        if unix_socket.is_own_user(peer):
            self._on_peer(peer)
        else:
            peer.close()
