"""A reading composed from a chart and the classical texts, without any model."""
