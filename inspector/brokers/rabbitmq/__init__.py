"""RabbitMQ: exchanges, queues and streams of all virtual hosts that a login may see."""
