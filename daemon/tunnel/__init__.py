"""A mouth of the tunnel: PROTOCOL.md."""
