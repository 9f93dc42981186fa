"""Portraits of butlers: residents see on the page of a card who stands at their door. Shown while the post lasts."""
