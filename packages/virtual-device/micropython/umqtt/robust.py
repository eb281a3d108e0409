# The interface and behaviour of micropython-lib's umqtt.robust: every OSError of the network is
# answered with a new connection, tried again and again without an end. What else goes wrong (a
# refusal by the broker is an MQTTException) is raised. A new connection resumes the session, so
# subscriptions need connect(False) at first.
import time

from . import simple


class MQTTClient(simple.MQTTClient):
    DELAY = 2
    DEBUG = False

    def delay(self, i):
        time.sleep(self.DELAY)

    def log(self, in_reconnect, e):
        if self.DEBUG:
            print("mqtt reconnect: %r" % e if in_reconnect else "mqtt: %r" % e)

    def reconnect(self):
        failures = 0
        while True:
            try:
                return self.connect(False)
            except OSError as e:
                failures += 1
                self.log(True, e)
                self.delay(failures)

    def publish(self, topic, msg, retain=False, qos=0):
        while True:
            try:
                return super().publish(topic, msg, retain, qos)
            except OSError as e:
                self.log(False, e)
            self.reconnect()

    def wait_msg(self):
        while True:
            try:
                return super().wait_msg()
            except OSError as e:
                self.log(False, e)
            self.reconnect()

    # Unlike wait_msg it gives up after some new connections: nothing may be waiting there.
    def check_msg(self, attempts=2):
        while attempts:
            self.sock.setblocking(False)
            try:
                return super().wait_msg()
            except OSError as e:
                self.log(False, e)
            self.reconnect()
            attempts -= 1
        return None
