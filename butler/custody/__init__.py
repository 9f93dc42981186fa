"""Originals in our hands: who has which paper, since when, until when it must be back."""
