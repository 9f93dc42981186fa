"""Deeds: ask for an authority, give it, refuse it, end it; confirm one face to face."""

from butler.families.actions.giving import agree, end, grant, propose, refuse
from butler.families.actions.guarding import confirm_adult_guardian, end_guardianship
from butler.families.actions.leaving import end_all_of
from butler.families.actions.meeting import confirm_face_to_face, confirm_guardian
from butler.families.actions.sweeping import end_what_is_over

__all__ = [
    "agree",
    "confirm_adult_guardian",
    "confirm_face_to_face",
    "confirm_guardian",
    "end",
    "end_all_of",
    "end_guardianship",
    "end_what_is_over",
    "grant",
    "propose",
    "refuse",
]
