"""What is painted is kept, and shown while the camera moves."""
