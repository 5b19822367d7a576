"""Apache Kafka and what speaks its protocol, read without a consumer group and without a commit."""
