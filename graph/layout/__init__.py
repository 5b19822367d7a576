"""Where everything stands in the picture: layers from left to right, and nothing moves without need."""
