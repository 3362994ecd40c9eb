"""HTML pages: the report on one network, and the parts that pages share."""
