"""What all nodes of a site share. Copy it to the root of the node; keep it out of repositories."""

settings = {
    # Name and password of the wireless network; an open one has the password "".
    "wifiAP": "my-wifi",
    "wifiPassword": "my-wifi-password",
    # Host name or address of the MQTT broker, and its port.
    "mqtt_ip": "192.168.1.2",
    "mqtt_port": 1883,
    # What follows is optional: these are the values that count when a line is missing.
    # Seconds to join the network before the node resets and tries again.
    "wifiTimeout": 20,
    # What the broker wants to know; "" for a broker that lets in everybody.
    "mqtt_user": "",
    "mqtt_password": "",
    # A broker that is silent for so many seconds is gone, and the node resets. 0: never ask.
    "mqtt_keepalive": 20,
    # Seconds to wait for the broker at boot before the node resets.
    "mqtt_wait": 60,
    # Where the time of day comes from; "" leaves the clock alone.
    "ntp_host": "pool.ntp.org",
}
