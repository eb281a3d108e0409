"""esp32.NVS: small values in flash, apart from the file system; they survive power cuts."""

from _node import call, string, text
import binascii

_NOT_FOUND = -0x1102  # ESP_ERR_NVS_NOT_FOUND


class NVS:
    def __init__(self, namespace):
        if len(namespace) > 15:
            raise OSError(-0x1109, "ESP_ERR_NVS_KEY_TOO_LONG")
        self._namespace = string(namespace)

    def set_i32(self, key, value):
        self._set(key, "i%d" % value)

    def get_i32(self, key):
        return int(self._get(key, "i"))

    def set_blob(self, key, value):
        self._set(key, "b" + binascii.hexlify(value).decode())

    def get_blob(self, key, buffer):
        value = binascii.unhexlify(self._get(key, "b"))
        if len(value) > len(buffer):
            raise OSError(-0x110C, "ESP_ERR_NVS_INVALID_LENGTH")
        buffer[: len(value)] = value
        return len(value)

    def erase_key(self, key):
        if not call("nvs.erase", self._namespace, string(key)):
            raise OSError(_NOT_FOUND, "ESP_ERR_NVS_NOT_FOUND")

    def commit(self):
        call("nvs.commit", self._namespace)

    def _set(self, key, value):
        if len(key) > 15:
            raise OSError(-0x1109, "ESP_ERR_NVS_KEY_TOO_LONG")
        call("nvs.set", self._namespace, string(key), value)

    def _get(self, key, kind):
        if not call("nvs.get", self._namespace, string(key)) or text()[0] != kind:
            raise OSError(_NOT_FOUND, "ESP_ERR_NVS_NOT_FOUND")
        return text()[1:]
