"""Evaluation metrics for trained networks."""
