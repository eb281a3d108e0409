"""As it was with micropython-ota-updater-gogs."""

settings = {
    "wifiAP": "my-wifi",
    "wifiPassword": "my-wifi-password",
    "mqtt_ip": "192.168.1.2",
    "mqtt_port": 1883,
}
