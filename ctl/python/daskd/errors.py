"""What can go wrong with daskd."""

from __future__ import annotations

# Codes of the control socket, beside those of JSON-RPC.
UNKNOWN_NAME = -32001
BUSY = -32002
NOT_UP = -32003
TIMED_OUT = -32004
BAD_CONFIGURATION = -32005


class DaskdError(RuntimeError):
    """daskd, or daskctl, says no: what is wrong, and in `hint` what to do about it.

    >>> error = DaskdError("the cluster is down", hint="start it with: daskctl up")
    >>> print(error)
    the cluster is down (start it with: daskctl up)
    """

    def __init__(self, what: str, hint: str = "", code: int = 0) -> None:
        super().__init__(f"{what} ({hint})" if hint else what)
        self.what = what
        self.hint = hint
        self.code = code  #: of the control socket; 0: it comes from elsewhere


class NoDaemon(DaskdError):
    """No daskd answers for this cluster."""
