"""MQTT: topics heard along by a subscription of one's own, on any broker that speaks MQTT 5 or 3.1.1."""
