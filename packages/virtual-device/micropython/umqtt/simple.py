# The interface and the wire behaviour of micropython-lib's umqtt.simple, which ESP32 firmware
# brings along. Where that module is careless this one is too, so that a test shows what a board
# would do: the length of a str is counted in characters, a reset connection is an IndexError in
# the middle of a packet, and the first wait_msg makes the socket blocking without a timeout. QoS 2
# is not supported.
import socket
import struct


class MQTTException(Exception):
    pass


def _header(op, size):
    header = bytearray((op,))
    while size > 127:
        header.append(size & 127 | 128)
        size >>= 7
    header.append(size)
    return header


class MQTTClient:
    def __init__(
        self,
        client_id,
        server,
        port=0,
        user=None,
        password=None,
        keepalive=0,
        ssl=None,
        ssl_params={},
    ):
        self.client_id = client_id
        self.server = server
        self.port = port or (8883 if ssl else 1883)
        self.user = user
        self.pswd = password
        self.keepalive = keepalive
        self.ssl = ssl
        self.ssl_params = ssl_params
        self.sock = None
        self.cb = None
        self.pid = 0
        self.lw_topic = None
        self.lw_msg = None
        self.lw_qos = 0
        self.lw_retain = False

    def _send_str(self, s):
        self.sock.write(struct.pack("!H", len(s)))
        self.sock.write(s)

    def _recv_len(self):
        size = shift = 0
        while True:
            digit = self.sock.read(1)[0]
            size |= (digit & 127) << shift
            if digit < 128:
                return size
            shift += 7

    def _recv_short(self):
        pair = self.sock.read(2)
        return pair[0] << 8 | pair[1]

    def _next_pid(self):
        self.pid = self.pid % 65535 + 1  # 16 bits on the wire, and 0 is no packet id
        return self.pid

    def set_callback(self, f):
        self.cb = f

    def set_last_will(self, topic, msg, retain=False, qos=0):
        assert 0 <= qos <= 2
        assert topic
        self.lw_topic = topic
        self.lw_msg = msg
        self.lw_qos = qos
        self.lw_retain = retain

    def connect(self, clean_session=True, timeout=None):
        if self.sock:
            self.sock.close()
        self.sock = socket.socket()
        self.sock.settimeout(timeout)
        self.sock.connect(socket.getaddrinfo(self.server, self.port)[0][-1])
        if self.ssl is True:
            import ssl

            self.sock = ssl.wrap_socket(self.sock, **self.ssl_params)
        elif self.ssl:
            self.sock = self.ssl.wrap_socket(self.sock, server_hostname=self.server)

        keepalive = self.keepalive or 0
        assert keepalive < 65536
        flags = 2 if clean_session else 0
        fields = [self.client_id]
        if self.lw_topic:
            flags |= 4 | self.lw_qos << 3 | (32 if self.lw_retain else 0)
            fields += (self.lw_topic, self.lw_msg)
        if self.user:
            flags |= 0xC0
            fields += (self.user, self.pswd)
        size = 10
        for field in fields:
            size += 2 + len(field)
        self.sock.write(_header(0x10, size))
        self.sock.write(struct.pack("!H4sBBH", 4, b"MQTT", 4, flags, keepalive))
        for field in fields:
            self._send_str(field)

        ack = self.sock.read(4)
        assert ack[0] == 0x20 and ack[1] == 2
        if ack[3]:
            raise MQTTException(ack[3])
        return ack[2] & 1

    def disconnect(self):
        self.sock.write(b"\xe0\x00")
        self.sock.close()

    def ping(self):
        self.sock.write(b"\xc0\x00")

    def publish(self, topic, msg, retain=False, qos=0):
        assert qos < 2
        size = 2 + len(topic) + (2 if qos else 0) + len(msg)
        assert size < 2097152
        self.sock.write(_header(0x30 | qos << 1 | (1 if retain else 0), size))
        self._send_str(topic)
        if not qos:
            self.sock.write(msg)
            return
        pid = self._next_pid()
        self.sock.write(struct.pack("!H", pid))
        self.sock.write(msg)
        while True:
            if self.wait_msg() == 0x40:
                assert self.sock.read(1) == b"\x02"
                if self._recv_short() == pid:
                    return

    def subscribe(self, topic, qos=0):
        assert self.cb is not None, "Subscribe callback is not set"
        pid = self._next_pid()
        self.sock.write(_header(0x82, 5 + len(topic)))
        self.sock.write(struct.pack("!H", pid))
        self._send_str(topic)
        self.sock.write(bytes((qos,)))
        while True:
            if self.wait_msg() == 0x90:
                ack = self.sock.read(4)
                assert ack[1] << 8 | ack[2] == pid
                if ack[3] == 0x80:
                    raise MQTTException(ack[3])
                return

    # Handles one packet, and waits for it if need be. A message goes to the callback. Returns None
    # after a PINGRESP and where a non-blocking socket has nothing; else the first byte of the
    # packet, of which only a message has been read to its end.
    def wait_msg(self):
        first = self.sock.read(1)
        self.sock.setblocking(True)
        if first is None:
            return None
        if not first:
            raise OSError(-1)
        op = first[0]
        if op == 0xD0:
            assert self.sock.read(1) == b"\x00"
            return None
        if op & 0xF0 != 0x30:
            return op
        size = self._recv_len()
        length = self._recv_short()
        topic = self.sock.read(length)
        size -= 2 + length
        qos = op & 6
        if qos:
            pid = self._recv_short()
            size -= 2
        msg = self.sock.read(size)
        self.cb(topic, msg)
        if qos == 2:
            self.sock.write(struct.pack("!BBH", 0x40, 2, pid))
        elif qos == 4:
            assert False
        return op

    # Handles a packet that is there already; returns None at once where there is none.
    def check_msg(self):
        self.sock.setblocking(False)
        return self.wait_msg()
