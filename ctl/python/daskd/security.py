"""What a client must know to connect: address and certificates, as `daskctl env` prints them."""

from __future__ import annotations

from distributed.security import Security

ADDRESS = "DASK_SCHEDULER_ADDRESS"
_TLS = "DASK_DISTRIBUTED__COMM__TLS__"
_FILES = {
    "tls_ca_file": _TLS + "CA_FILE",
    "tls_client_cert": _TLS + "CLIENT__CERT",
    "tls_client_key": _TLS + "CLIENT__KEY",
}


def learn(security: Security, environment: dict[str, str]) -> None:
    """Make `security` that of the cluster whose `daskctl env` this is. It stays the same object: clients have it.

    >>> security = Security()
    >>> learn(security, {"DASK_SCHEDULER_ADDRESS": "tls://h:1", "DASK_DISTRIBUTED__COMM__TLS__CA_FILE": "/ca.pem"})
    >>> security.tls_ca_file, security.require_encryption
    ('/ca.pem', True)
    """
    for field, variable in _FILES.items():
        if variable in environment:
            setattr(security, field, environment[variable])
    if environment[ADDRESS].startswith("tls://"):
        security.require_encryption = True
