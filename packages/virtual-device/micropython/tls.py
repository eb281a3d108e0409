"""TLS client on the node's sockets (Mbed TLS's place on an ESP32)."""

from _node import call, string, text, wait
import json
import socket as _socket

PROTOCOL_TLS_CLIENT = 0
PROTOCOL_TLS_SERVER = 1
CERT_NONE = 0
CERT_OPTIONAL = 1
CERT_REQUIRED = 2
MBEDTLS_VERSION = "Mbed TLS 3.6.2"


class SSLContext:
    def __init__(self, protocol):
        if protocol != PROTOCOL_TLS_CLIENT:
            raise ValueError("the virtual node has TLS clients only")
        self.verify_mode = CERT_REQUIRED
        self._ca = None
        self._certificate = None

    def load_verify_locations(self, cadata):
        self._ca = cadata if isinstance(cadata, str) else bytes(cadata)
        if not self._ca:
            raise ValueError("invalid cert")

    def load_cert_chain(self, cert, key):
        self._certificate = (cert, key)

    def wrap_socket(
        self, sock, *, server_side=False, do_handshake_on_connect=True, server_hostname=None
    ):
        if server_side:
            raise ValueError("the virtual node has TLS clients only")
        if self.verify_mode == CERT_REQUIRED and server_hostname is None:
            raise ValueError("CERT_REQUIRED requires server_hostname")
        options = {
            "verify": self.verify_mode,
            "ca": _text(self._ca),
            "name": server_hostname and string(server_hostname),
        }
        if self._certificate:
            options["cert"], options["key"] = (_text(part) for part in self._certificate)
        try:
            wait("net.tls", sock._h, json.dumps(options), timeout=sock._timeout)
        except OSError as e:
            reason = text()
            if not reason:
                raise e
            number, words = reason.split(" ", 1)
            if number == "verify":
                raise ValueError(words)
            raise OSError(int(number), words)
        return SSLSocket(sock)


class SSLSocket(_socket.socket):
    def __init__(self, sock):
        super().__init__(fileno=sock._h)
        self._timeout = sock._timeout
        sock._h = -1  # the connection is this object's now

    def getpeercert(self, binary_form=True):
        call("net.peercert", self._h)
        import binascii

        return binascii.a2b_base64(text())

    def cipher(self):
        call("net.cipher", self._h)
        return tuple(text().split())


def _text(data):
    """PEM as text; DER as base64 behind a mark, since JSON carries no bytes."""
    if data is None or isinstance(data, str):
        return data
    if b"-----BEGIN" in data:
        return bytes(data).decode()
    import binascii

    return "der:" + binascii.b2a_base64(data).decode().strip()
