"""The project file `eventscope.toml`: what people decided, fit for version control and without secrets."""
