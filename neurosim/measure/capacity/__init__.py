"""How many fixed points: certificates, exact counts, bounds and estimates, one method a file."""
