"""The demo: a real Apache Kafka and a small shop of separate applications, started by one command.

`handle.DemoProcess` is what the window and the command line use. It starts the supervisor
(`python -m inspector.demo`), which starts the broker and the applications and ends them all with itself.
"""
