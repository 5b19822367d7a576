"""Where everything stands: laid out in the background, kept, and put by hand."""
