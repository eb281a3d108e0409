"""micropython, with a kbd_intr that the console knows of."""

import micropython as _port
from micropython import *
import _host

__name__ = "micropython"


def kbd_intr(char):
    _port.kbd_intr(char)
    _host.interrupt_char(char)
