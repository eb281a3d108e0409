"""Signed releases: with `gogsKey` a node installs only what the owner of that key has signed.

src/.signature has three lines: the format, a serial number that grows from release to release,
and an RSA signature in hexadecimal (RSASSA-PKCS1-v1_5, SHA-256). It is of the first two lines
and of one line for each folder and file, in the order of the list that is staged:
`d 0 - <path>` or `f <size> <blob id> <path>`. src/ itself and the signature are left out.
"""

import hashlib

from micropython import const

from ota import Refused, blob, install, release, tree

_NAME = ".signature"
# One of 4096 bits has 1024 digits.
_LIMIT = const(1200)
_FORMAT = "ota-release 1"
_EXPONENT = const(65537)
# What stands between the padding and a SHA-256: its name, as ASN.1 has it.
_SHA256 = "003031300d060960864801650304020105000420"


def modulus(key):
    """Return the number that a key is; ValueError if it is none of 2048, 3072 or 4096 bits."""
    number = int(key, 16) if len(key) in (512, 768, 1024) else 0
    # Its first bit is set, so nothing in it was but digits; and a product of primes is odd.
    if not number & 1 or number >> (4 * len(key) - 1) != 1:
        raise ValueError("must be 512, 768 or 1024 hex digits")
    return number


def _read(folder):
    """Return serial number and signature that lie in a folder; ValueError if they are none."""
    with open(folder + "/" + _NAME) as file:
        first, serial, signature, rest = file.read(_LIMIT).split("\n")
    if first != _FORMAT or rest:
        raise ValueError
    return int(serial), int(signature, 16)


def check(values, bring, commit):
    """Refuse the staged list unless its signature fits, step by step.

    Only the line with the signature that `bring` has brought is not signed. Another of its name,
    with other content, could bring back a lower serial number.
    """
    entry = None
    for line in tree.lines(install.NEXT):
        if line[0] == "f" and line[3] == _NAME:
            entry = line
        yield
    if not entry:
        raise Refused("src/ is not signed, as gogsKey asks")
    try:
        if entry[1] > _LIMIT:
            raise ValueError
        yield from bring(commit, *entry[1:])
        serial, signature = _read(install.NEXT)
    except ValueError:
        raise Refused("src/.signature is no signature")
    sha = hashlib.sha256(("%s\n%d\n" % (_FORMAT, serial)).encode())
    for line in tree.lines(install.NEXT):
        kind, size, blob_id, path = line
        if kind != "c" and path and line != entry:
            signed = kind, size, blob_id if kind == "f" else "-", path
            sha.update(("%s %d %s %s\n" % signed).encode())
        yield
    # All of the block is made and compared: nothing in it is parsed.
    key = values["gogsKey"]
    tail = _SHA256 + blob.end(sha)
    block = int("1" + "f" * (len(key) - 4 - len(tail)) + tail, 16)
    number = modulus(key)
    if not 0 <= signature < number or pow(signature, _EXPONENT, number) != block:
        raise Refused("src/.signature does not fit src/ and gogsKey")
    try:
        least = _read(install.SRC)[0]
    except (OSError, ValueError):
        # What runs was not signed.
        return
    if serial < least and not values["allowDowngrade"]:
        raise Refused(release.OLDER % ("serial %d" % serial))
