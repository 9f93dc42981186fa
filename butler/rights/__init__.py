"""What people may ask of us about their data (PIPL arts 44–50), how long anything is kept, and the register of it all."""
