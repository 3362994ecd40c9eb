"""The `neurosim` command: one file per command. Measurement, drawing and text of results belong elsewhere."""
