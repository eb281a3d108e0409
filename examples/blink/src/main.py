"""Blinks an LED: about the smallest application there is."""

from machine import Pin


def start(env):
    led = Pin(env.get("ledPin", 2), Pin.OUT)
    seconds = env.get("blinkSeconds", 0.5)
    while True:
        led.value(not led.value())
        env["wdt"].feed()
        env["time"].sleep(seconds)
