"""Where things are: district → street → community → grid, estates, buildings, desks, the working calendar."""
