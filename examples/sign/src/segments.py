"""A seven-segment digit, one pin for each segment."""

from machine import Pin


class Digit:
    def __init__(self, pins):
        self._pins = [Pin(pin, Pin.OUT) for pin in pins]

    def show(self, segments):
        """Light the segments whose bits are set: bit 0 is segment a, bit 7 the point."""
        for bit, pin in enumerate(self._pins):
            pin.value(segments >> bit & 1)
