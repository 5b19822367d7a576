"""Small widgets and painted pieces that panels are made of."""
