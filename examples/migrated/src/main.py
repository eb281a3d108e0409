"""
Waters the garden unless rain is forecast. Written for micropython-ota-updater-gogs, not changed
since: it uses nothing but what that gave an application.
"""

from machine import Pin


class Pump:
    def __init__(self, env):
        self.log = env["log"](append="pump")
        self.time = env["time"]
        self.publish = env["mqtt_pub"]
        self.requests = env["requests"]
        self.updater = env["updater"]
        self.forecast = env["forecast"]
        self.litres = env["litres"]
        self.pin = Pin(env["pumpPin"], Pin.OUT)
        self.started = self.time.time()

    def command(self, topic, message):
        text = message.decode()
        if topic.endswith(b"/litres"):
            self.litres = int(text)
            self.publish("watering", "%d litres" % self.litres)
        elif topic.endswith(b"/water"):
            self.water()
        elif topic.endswith(b"/update"):
            self.log("installed, wanted:", self.updater.compare())
            self.updater.checkForUpdate()

    def water(self):
        answer = self.requests.get(self.forecast)
        try:
            if answer.status_code != 200:
                self.log("no forecast:", answer.status_code)
                rain = 0
            else:
                rain = answer.json()["rain"]
        finally:
            answer.close()
        if rain > 0:
            self.log("rain is coming:", rain)
            self.publish("watering", "not needed")
            return
        self.pin.value(1)
        self.publish("watering", "%d litres at %s" % (self.litres, self.time.dateTimeIso()))
        self.log("started", self.time.human(), name="valve")


def start(env):
    pump = Pump(env)
    env["mqtt_sub"](pump.command)
    env["mqtt_pub"]("greeting", env["controllerName"], True)
    count = 0
    while True:
        env["mqtt_check_msg"]()
        count += 1
        if count % 100 == 0:
            env["mqtt_ping"]()
        env["wdt"].feed()
        env["time"].sleep_us(20000)
