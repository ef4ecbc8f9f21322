"""What a notebook shows while work runs: one widget a panel, one protocol, and the saved form that takes its place."""
