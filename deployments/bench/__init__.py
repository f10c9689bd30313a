"""`cleanclaim bench NAME`: what our work costs, side by side with the floor, as ratios in one run."""
