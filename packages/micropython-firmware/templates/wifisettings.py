"""What all nodes of a site share. Copy it to the root of the node; keep it out of repositories."""

settings = {
    # Name and password of the wireless network; an open one has the password "".
    "wifiAP": "my-wifi",
    "wifiPassword": "my-wifi-password",
    # Host name or address of the MQTT broker, and its port.
    "mqtt_ip": "192.168.1.2",
    "mqtt_port": 1883,
    # What follows is optional: these are the values that count when a line is missing.
    # More networks, tried one after the other: [["name", "password"]].
    "wifiNetworks": [],
    # A fixed address: ["192.168.1.7", "255.255.255.0", "192.168.1.1", "192.168.1.1"] are address,
    # mask, gateway and DNS server. [] asks the network for one.
    "wifiStatic": [],
    # Seconds to join each network before the node resets and tries again.
    "wifiTimeout": 20,
    # What the broker wants to know; "" for a broker that lets in everybody.
    "mqtt_user": "",
    "mqtt_password": "",
    # Talk to the broker by TLS (mqtt_port is then 8883, as a rule); mqtt_ca is a file on the node
    # with the certificate (DER) of the authority to be trusted. Without it any will do.
    "mqtt_tls": False,
    "mqtt_ca": "",
    # A broker that is silent for so many seconds is gone, and the node resets. 0: never ask.
    "mqtt_keepalive": 20,
    # Seconds to wait for the broker at boot before the node resets.
    "mqtt_wait": 60,
    # Where the time of day comes from; "" leaves the clock alone.
    "ntp_host": "pool.ntp.org",
}
