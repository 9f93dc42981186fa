"""Who has looked: every view of a case or a person by somebody at work, written down before it is shown."""
