"""Demo companies: believable, seeded, with dates that follow today."""
