"""The spiking model: agreement with the rate model, and a second cue against a held memory."""
