"""Pure calculations of how far somebody is: pace, chance, alert states, roll-up."""
