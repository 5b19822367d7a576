"""Brokers, discovery, capture, decoding and replay; no Qt."""
