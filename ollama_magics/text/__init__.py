"""Pure helpers for text: positions, line index, suggestions."""
