"""Capacity and recall accuracy under biological constraints."""
