"""Addresses: taking them apart and putting them together."""

_PLAIN = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/"


def quote(path):
    """Percent-encode a path; its slashes stay."""
    return "".join([chr(byte) if byte in _PLAIN else "%%%02X" % byte for byte in path.encode()])


def split(address):
    """Split `http://host:port/path` into (tls, host, port, path)."""
    scheme, _, rest = address.partition("://")
    authority, _, path = rest.partition("/")
    host, colon, port = authority.partition(":")
    good = scheme in ("http", "https") and host and "@" not in authority
    if not good or (colon and not port.isdigit()):
        raise ValueError("an address is http[s]://host[:port]/..., without user and password")
    tls = scheme == "https"
    return tls, host, int(port or (443 if tls else 80)), "/" + path


def split_remote(remote):
    """Split a repository's address into (tls, host, port, path of the server, `owner/name`)."""
    tls, host, port, path = split(remote)
    path = path.rstrip("/")
    if path.endswith(".git"):
        path = path[:-4]
    parts = path.split("/")
    if len(parts) < 3 or not parts[-1] or not parts[-2]:
        raise ValueError("the address of a repository ends in /owner/name")
    return tls, host, port, "/".join(parts[:-2]), "/".join(parts[-2:])
