"""NATS: core subjects and JetStream."""
