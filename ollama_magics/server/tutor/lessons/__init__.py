"""The lessons: every dialogue that ``tutor`` learns from is made here, from tables and grammars written for it."""
