"""Recall of cues: trials, curves over any setting, and the attractors in which recalls end."""
