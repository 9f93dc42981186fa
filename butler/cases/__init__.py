"""The engine: one kernel, several procedures. Nothing is forgotten, doubled or moved off the drawn arrows."""
