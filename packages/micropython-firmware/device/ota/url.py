"""Addresses: taking them apart and putting them together."""


def quote(path):
    """Percent-encode a path; its slashes stay."""
    quoted = bytearray()
    for byte in path.encode():
        char = chr(byte)
        if byte < 128 and (char.isalpha() or char.isdigit() or char in "-._~/"):
            quoted.append(byte)
        else:
            quoted.extend(b"%%%02X" % byte)
    return quoted.decode()


def split(address):
    """Split `http://host:port/path` into (tls, host, port, path)."""
    scheme, _, rest = address.partition("://")
    authority, _, path = rest.partition("/")
    host, colon, port = authority.partition(":")
    good = scheme in ("http", "https") and host and "@" not in authority
    if not good or (colon and not port.isdigit()):
        raise ValueError("must be http[s]://host[:port]/..., without user")
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
        raise ValueError("must end in /owner/name")
    return tls, host, port, "/".join(parts[:-2]), "/".join(parts[-2:])
