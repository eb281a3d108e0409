"""Hands the board to the node: update, then the application in /src."""

import sys
import time

import machine

# From here on all that fails, even an import, ends in a reset.
machine.WDT(timeout=30000)
try:
    from ota import node

    node.run()
except KeyboardInterrupt:
    machine.WDT(timeout=600000)
except Exception as error:
    sys.print_exception(error)
    time.sleep(10)
    machine.reset()
