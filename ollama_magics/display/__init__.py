"""Documents of segments, rendered as plain text and as safe static HTML."""
