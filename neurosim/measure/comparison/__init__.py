"""All associative memories measured on the same patterns and cues, with the same criterion."""
