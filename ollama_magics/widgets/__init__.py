"""Live panels (anywidget), one message protocol."""
