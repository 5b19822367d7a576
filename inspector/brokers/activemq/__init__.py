"""ActiveMQ Classic: messages over STOMP, everything else over Jolokia."""
