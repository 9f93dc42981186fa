"""Who may act for whom in a family: a child for a parent by an authority the parent gave and sees, a guardian for a child
under 14. Limited in acts, matters and time; ended by either side at once (民法典 arts 161–173; PIPL arts 28, 31)."""
