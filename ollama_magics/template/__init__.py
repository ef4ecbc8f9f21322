"""The subset of Go's text/template that Ollama's TEMPLATE uses."""
