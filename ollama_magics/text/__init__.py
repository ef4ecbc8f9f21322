"""Pure helpers for text: positions, line index, suggestions, and texts and decimals as Go writes them."""
