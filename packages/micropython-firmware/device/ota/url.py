"""Addresses: taking them apart and putting them together."""

from micropython import const

_UNRESERVED = b"-._~/"
_DIGIT_0 = const(48)
_DIGIT_9 = const(57)
_UPPER_A = const(65)
_UPPER_Z = const(90)
_LOWER_A = const(97)
_LOWER_Z = const(122)


def _plain(byte):
    return (
        _LOWER_A <= byte <= _LOWER_Z
        or _UPPER_A <= byte <= _UPPER_Z
        or _DIGIT_0 <= byte <= _DIGIT_9
        or byte in _UNRESERVED
    )


def quote(path):
    """Percent-encode a path; its slashes stay."""
    data = path.encode()
    return "".join([chr(byte) if _plain(byte) else "%%%02X" % byte for byte in data])


def split(address):
    """Split `http://host:port/path` into (tls, host, port, path)."""
    scheme, mark, rest = address.partition("://")
    if not mark or scheme not in ("http", "https"):
        raise ValueError("an address starts with http:// or https://")
    authority, _, path = rest.partition("/")
    if "@" in authority:
        raise ValueError("an address holds no user or password")
    host, mark, port = authority.partition(":")
    if not host or (mark and not port.isdigit()):
        raise ValueError("an address holds a host, and a port in digits if any")
    tls = scheme == "https"
    return tls, host, int(port) if mark else (443 if tls else 80), "/" + path


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
