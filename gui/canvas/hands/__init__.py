"""What people do with the picture."""
