"""Shows on a seven-segment digit what is published to <node>/show, character by character."""

from src.glyphs import Glyphs
from src.segments import Digit
from src.text import Ticker


def start(env):
    # Segments a to g and the point, each at a pin of its own.
    digit = Digit(env.get("segmentPins", [13, 12, 14, 27, 26, 25, 33, 32]))
    ticker = Ticker(Glyphs("/src/glyphs.bin"), env.get("characterMs", 700))
    env["mqtt_sub"](lambda topic, message: topic.endswith(b"/show") and ticker.say(message))
    while True:
        env["mqtt_check_msg"]()
        shown = ticker.step()
        if shown is not None:
            character, segments = shown
            digit.show(segments)
            env["mqtt_pub"]("shown", character)
        env["wdt"].feed()
        env["time"].sleep(0.02)
