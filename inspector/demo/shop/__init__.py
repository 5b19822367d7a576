"""The demo's shop: applications that each are a process of their own and behave as real ones do."""
