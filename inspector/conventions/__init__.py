"""The header and body conventions of the field: which name carries which fact."""
