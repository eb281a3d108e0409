"""hashlib with the algorithms of the ESP32 port: md5, sha1 and sha256."""

import _host
from uctypes import addressof

__name__ = "hashlib"


class _Hash:
    def __init__(self, data=b""):
        self._id = _host.hash_new(self._name)
        if data:
            self.update(data)

    def update(self, data):
        if self._id is None:
            raise ValueError("hash is final")
        if isinstance(data, str):
            raise TypeError("object with buffer protocol required")
        if len(data):
            _host.hash_update(self._id, addressof(data), len(data))

    def digest(self):
        if self._id is None:
            raise ValueError("hash is final")
        result = bytearray(self.digest_size)
        _host.hash_digest(self._id, addressof(result))
        self._id = None
        return bytes(result)


class md5(_Hash):
    _name = "md5"
    digest_size = 16


class sha1(_Hash):
    _name = "sha1"
    digest_size = 20


class sha256(_Hash):
    _name = "sha256"
    digest_size = 32
