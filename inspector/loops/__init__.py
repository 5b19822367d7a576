"""What records prove about loops, what kind each is, and what people are told of them."""
